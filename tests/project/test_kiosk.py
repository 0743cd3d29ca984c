"""The tutorial's kiosk, as a clerk meets it: in a browser, on a station that prints into a folder."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlencode

import attrs
import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from cardprint import Station
from support.components import require

KIOSK = Path(__file__).parents[2] / "docs" / "tutorials" / "kiosk" / "kiosk.py"
# What is seen in time is told by the station: the heartbeat, which would tell it later, is too far away.
TOLD_BY_THE_STATION = f"""\
import sys
sys.path.insert(0, {str(KIOSK.parent)!r})
import kiosk
kiosk._HEARTBEAT = 3600.0
sys.exit(kiosk.main())
"""
STATION = """\
[station]
name = "Balai Tirtanala"
people = 1

[renderer]
photo = false

[printers.P1]
driver = "folder"
device = "folder:out"
"""
NUMBER = "9999010101900001"
PATIENCE = 60
"""Seconds until a wait gives up; none of them is waited for."""


@attrs.frozen
class Counter:
    """A kiosk in a process of its own, and what one needs to speak to it."""

    config: Path
    process: subprocess.Popen[str]
    address: str

    @property
    def host(self) -> str:
        return self.address.removeprefix("http://").rstrip("/")

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, **headers: str) -> HTTPResponse:
        known = {"Host": self.host, "Origin": f"http://{self.host}"}
        sent = {name: value for name, value in {**known, **headers}.items() if value}
        host, port = self.host.split(":")
        connection = HTTPConnection(host, int(port), timeout=PATIENCE)
        connection.request(method, path, urlencode(form) if form else None, sent)
        return connection.getresponse()

    def said(self, path: str, form: dict[str, str]) -> str:
        with self.ask("POST", path, form) as response:
            assert response.status == 200
            found = re.search(r'role="status">(.*?)</p>', response.read().decode(), re.DOTALL)
        assert found is not None
        return found[1]

    def load(self, count: int) -> None:
        """Load the hopper as the command line does beside a running station: in another process than the kiosk's."""
        with Station.open(self.config) as station:
            station.stock.load("P1", count, by="Sari")

    def stop(self) -> tuple[str, str]:
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=PATIENCE)


@contextmanager
def served(folder: Path) -> Iterator[Counter]:
    folder.chmod(0o700)
    config = folder / "station.toml"
    config.write_text(STATION, "utf-8")
    config.chmod(0o600)
    with Station.open(config) as station:
        station.stock.receive(3, name="january", by="Sari")
    command = [sys.executable, "-c", TOLD_BY_THE_STATION, str(config), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Counter(config, process, process.stdout.readline().strip())
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.communicate(timeout=PATIENCE)
        finally:
            process.kill()


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with served(tmp_path) as counter:
        yield counter


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """Give a kiosk to tests that ask for what is refused."""
    with served(tmp_path_factory.mktemp("untouched")) as counter:
        yield counter
        with Station.open(counter.config) as station:
            assert station.jobs.list() == []


def form(name: str = "Orsih Dantorika", *, number: str = NUMBER, nonce: str = "0a") -> dict[str, str]:
    return {"form": nonce, "number": number, "name": name, "birth_date": "1990-01-01"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = str(require("chromium", "chromium"))
    for argument in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "window-size=1366,900"):
        options.add_argument(f"--{argument}")
    chrome = Chrome(options, ChromeService(str(require("chromedriver", "chromium-driver"))))
    yield chrome
    chrome.quit()


def text(browser: Chrome, name: str) -> str:
    """Give an element's text in one step: between two, another page may have come."""
    found = browser.execute_script("return document.getElementById(arguments[0])?.textContent", name)
    return str(found)


def until(browser: Chrome, name: str, pattern: str) -> None:
    wait = WebDriverWait(browser, PATIENCE, 0.05)
    wait.until(lambda page: re.fullmatch(pattern, text(page, name)), f"{name} never was {pattern}")


@pytest.mark.xdist_group("browser")
def test_a_page_shows_what_happens_without_being_loaded_again(counter: Counter, browser: Chrome) -> None:
    browser.get(counter.address)
    until(browser, "vault", "3")
    until(browser, "waiting", "0")
    for name, typed in {"number": NUMBER, "name": "<b>Geno</b> & Sons"}.items():
        browser.find_element(By.NAME, name).send_keys(typed)
    browser.execute_script("document.querySelector('[name=birth_date]').value = '1990-01-01'")
    browser.find_element(By.XPATH, "//button[.='Take in']").click()
    until(browser, "said", "Taken in for <b>Geno</b> & Sons: request K-.*")
    assert browser.find_elements(By.CSS_SELECTOR, "#said *") == []
    until(browser, "waiting", "1")
    assert text(browser, "printed") == "0"

    browser.execute_script("window.loadedOnce = true")
    counter.load(2)
    until(browser, "printed", "1")
    until(browser, "waiting", "0")
    until(browser, "vault", "1")
    until(browser, "hoppers", "P11")
    assert browser.execute_script("return window.loadedOnce") is True
    # Nothing was refused by the page's own policy, and nothing failed in its script.
    logged = browser.get_log("browser")  # type: ignore[no-untyped-call]  # selenium gives it no types
    assert [line for line in logged if "favicon" not in line["message"]] == []

    browser.find_element(By.NAME, "asked").send_keys(NUMBER)
    browser.find_element(By.XPATH, "//button[.='Look']").click()
    until(browser, "said", "Request K-.*: Yes, the card is ready.")


@pytest.mark.xdist_group("browser")
def test_a_page_says_when_its_figures_are_old(counter: Counter, browser: Chrome) -> None:
    browser.get(counter.address)
    until(browser, "vault", "3")
    assert not browser.find_element(By.ID, "line").is_displayed()
    assert counter.stop() == ("", "")
    WebDriverWait(browser, PATIENCE).until(lambda page: page.find_element(By.ID, "line").is_displayed())


def test_whether_a_card_is_ready_is_told_by_request_and_by_number(counter: Counter) -> None:
    taken = counter.said("/requests", form())
    found = re.search(r"K(-[A-Z2-7]{4}){4}", taken)
    assert found is not None
    for asked in (found[0], NUMBER):
        said = counter.said("/answers", {"asked": asked})
        assert said.startswith(f"Request {found[0]}: Not yet."), said
    assert counter.said("/answers", {"asked": "nobody"}) == "No request has that id, and nobody that number."


def test_a_form_that_is_sent_twice_is_one_request(counter: Counter) -> None:
    assert counter.said("/requests", form()) == counter.said("/requests", form())
    with Station.open(counter.config) as station:
        assert len(station.jobs.list()) == 1


def test_another_person_on_the_same_form_replaces_nobody(counter: Counter) -> None:
    counter.said("/requests", form())
    counter.said("/requests", form("Wila Sagawati", number="9999010101900002"))
    with Station.open(counter.config) as station:
        assert len(station.jobs.list()) == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"birth_date": "yesterday"}, "Not taken in. The date of birth is no date."),
        ({"name": " "}, "Not taken in. Name and number are needed."),
        ({"number": "1 2"}, "Not taken in. The station refuses the number, or a letter of the name."),
        ({"name": "\u202eGeno"}, "Not taken in. The station refuses the number, or a letter of the name."),
    ],
)
def test_a_request_that_is_not_taken_in_says_why(untouched: Counter, wrong: dict[str, str], said: str) -> None:
    assert untouched.said("/requests", {**form(), **wrong}) == said


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Host": "elsewhere.example"}, 421),
    ],
)
def test_a_form_of_another_site_changes_nothing(untouched: Counter, headers: dict[str, str], status: int) -> None:
    with untouched.ask("POST", "/requests", form(), **headers) as response:
        assert response.status == status
    with Station.open(untouched.config) as station:
        assert station.jobs.list() == []


def test_a_page_is_given_under_its_own_name_alone(untouched: Counter) -> None:
    for path in ("/", "/live"):
        with untouched.ask("GET", path, Host="elsewhere.example") as response:
            assert response.status == 421


def test_a_form_that_is_none_is_refused(untouched: Counter) -> None:
    with untouched.ask("POST", "/requests", {"name": "x" * 5000}) as response:
        assert response.status == 400
    with untouched.ask("POST", "/requests", {str(number): "" for number in range(9)}) as response:
        assert response.status == 400


def test_the_live_part_and_the_output_hold_nothing_of_a_person(counter: Counter) -> None:
    counter.said("/requests", form())
    with counter.ask("GET", "/live") as response:
        line = response.readline().decode()
        figures = json.loads(line.removeprefix("data: "))
    assert figures == {
        "numbers": {"waiting": 1, "making": 0, "doubt": 0, "printed": 0, "vault": 3},
        "lanes": {"first-issuance": 1},
        "hoppers": {"P1": 0},
    }
    assert counter.stop() == ("", "")
    assert counter.process.returncode == 0


def test_an_end_leaves_the_station_to_the_next_run(counter: Counter) -> None:
    counter.said("/requests", form())
    with counter.ask("GET", "/live") as response:
        response.readline()
        assert counter.stop() == ("", "")
        assert response.read().count(b"data:") <= 1
    counter.load(1)
    with Station.open(counter.config) as station:
        assert station.run().printed == 1


def test_a_station_that_runs_already_is_left_alone(counter: Counter) -> None:
    command = [sys.executable, str(KIOSK), str(counter.config), "--port", "0"]
    second = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr.startswith("kiosk: ")
    assert "Traceback" not in second.stderr
