// What the station tells goes into the page as text, never as markup.
const place = (id) => document.getElementById(id);

function rows(list, values) {
  list.replaceChildren(...Object.entries(values).flatMap(([name, count]) => {
    const term = document.createElement("dt");
    const value = document.createElement("dd");
    term.textContent = name;
    value.textContent = count;
    return [term, value];
  }));
}

const stream = new EventSource("/live");
stream.onopen = () => document.body.classList.add("live");
stream.onerror = () => document.body.classList.remove("live");
stream.onmessage = (event) => {
  const { numbers, lanes, hoppers } = JSON.parse(event.data);
  for (const [id, count] of Object.entries(numbers)) place(id).textContent = count;
  rows(place("lanes"), lanes);
  rows(place("hoppers"), hoppers);
  place("doubts").classList.toggle("alarm", numbers.doubt > 0);
};
