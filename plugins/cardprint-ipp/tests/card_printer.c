// A card printer on PAPPL, for tests: it writes what it prints, dot for dot, to files.
// usage: card_printer FOLDER PORT; cards/NAME.*.rgb is a card, hold stops one half-way, reasons has the printer's words.
#include <pappl/pappl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *folder;

static bool place(char *path, size_t size, const char *name, const char *suffix) {
  return snprintf(path, size, "%s/%s%s", folder, name, suffix) < (int)size;
}

static bool start_job(pappl_job_t *job, pappl_pr_options_t *options, pappl_device_t *device) {
  char path[1024];
  FILE *file = place(path, sizeof(path), papplJobGetName(job), ".part") ? fopen(path, "wb") : NULL;
  papplJobSetData(job, file);
  char name[512];
  snprintf(name, sizeof(name), "begun/%s.%d.%d", papplJobGetName(job), getpid(), papplJobGetID(job));
  FILE *begun = place(path, sizeof(path), name, "") ? fopen(path, "wb") : NULL;
  if (begun != NULL) fclose(begun);
  return file != NULL;
}

static bool start_page(pappl_job_t *job, pappl_pr_options_t *options, pappl_device_t *device, unsigned page) {
  return true;
}

static bool write_line(pappl_job_t *job, pappl_pr_options_t *options, pappl_device_t *device, unsigned y,
                       const unsigned char *line) {
  char hold[1024];
  place(hold, sizeof(hold), "hold", "");
  while (y == options->header.cupsHeight / 2 && access(hold, F_OK) == 0 && !papplJobIsCanceled(job)) usleep(20000);
  return fwrite(line, 1, options->header.cupsBytesPerLine, papplJobGetData(job)) == options->header.cupsBytesPerLine;
}

static bool end_page(pappl_job_t *job, pappl_pr_options_t *options, pappl_device_t *device, unsigned page) {
  return true;
}

static bool end_job(pappl_job_t *job, pappl_pr_options_t *options, pappl_device_t *device) {
  char part[1024], name[512], card[1024];
  snprintf(name, sizeof(name), "cards/%s.%d.%d", papplJobGetName(job), getpid(), papplJobGetID(job));
  fclose(papplJobGetData(job));
  // As a machine does: a card that was begun comes out, cancelled or not.
  return place(part, sizeof(part), papplJobGetName(job), ".part") && place(card, sizeof(card), name, ".rgb") &&
         rename(part, card) == 0;
}

static bool tell_status(pappl_printer_t *printer) {
  char path[1024], words[256] = "";
  FILE *file = place(path, sizeof(path), "reasons", "") ? fopen(path, "r") : NULL;
  if (file != NULL) {
    if (fgets(words, sizeof(words), file) == NULL) words[0] = '\0';
    fclose(file);
  }
  pappl_preason_t now = PAPPL_PREASON_NONE;
  if (strstr(words, "media-empty")) now |= PAPPL_PREASON_MEDIA_EMPTY;
  if (strstr(words, "cover-open")) now |= PAPPL_PREASON_COVER_OPEN;
  if (strstr(words, "marker-supply-empty")) now |= PAPPL_PREASON_MARKER_SUPPLY_EMPTY;
  papplPrinterSetReasons(printer, now, PAPPL_PREASON_DEVICE_STATUS);
  return true;
}

static void set_card(pappl_media_col_t *media) {
  memset(media, 0, sizeof(*media));
  strcpy(media->size_name, "om_card_54x86mm");
  strcpy(media->source, "main");
  strcpy(media->type, "other");
  media->size_width = 5400;
  media->size_length = 8600;
}

static bool describe(pappl_system_t *system, const char *name, const char *uri, const char *id,
                     pappl_pr_driver_data_t *data, ipp_t **attributes, void *unused) {
  strcpy(data->make_and_model, "Made-up Card Printer");
  data->printfile_cb = NULL;
  data->rstartjob_cb = start_job;
  data->rstartpage_cb = start_page;
  data->rwriteline_cb = write_line;
  data->rendpage_cb = end_page;
  data->rendjob_cb = end_job;
  data->status_cb = tell_status;
  data->format = "application/x-card";
  data->kind = PAPPL_KIND_DOCUMENT;
  data->ppm = data->ppm_color = 60;
  data->color_supported = PAPPL_COLOR_MODE_COLOR;
  data->color_default = PAPPL_COLOR_MODE_COLOR;
  data->raster_types = PAPPL_PWG_RASTER_TYPE_SRGB_8;
  data->sides_supported = PAPPL_SIDES_ONE_SIDED | PAPPL_SIDES_TWO_SIDED_LONG_EDGE | PAPPL_SIDES_TWO_SIDED_SHORT_EDGE;
  data->sides_default = PAPPL_SIDES_ONE_SIDED;
  data->duplex = PAPPL_DUPLEX_NORMAL;
  data->orient_default = IPP_ORIENT_NONE;
  data->quality_default = IPP_QUALITY_NORMAL;
  data->num_resolution = 1;
  data->x_resolution[0] = data->y_resolution[0] = data->x_default = data->y_default = 300;
  data->borderless = true;
  data->num_media = 1;
  data->media[0] = "om_card_54x86mm";
  data->num_source = data->num_type = 1;
  data->source[0] = "main";
  data->type[0] = "other";
  set_card(&data->media_default);
  set_card(&data->media_ready[0]);
  return true;
}

int main(int argc, char *argv[]) {
  static pappl_pr_driver_t driver = {"card", "Card Printer", NULL, NULL};
  if (argc != 3) return 2;
  folder = argv[1];
  char spool[1024], log[1024];
  place(spool, sizeof(spool), "spool", "");
  place(log, sizeof(log), "pappl.log", "");
  pappl_system_t *system = papplSystemCreate(PAPPL_SOPTIONS_NO_TLS, "Card", atoi(argv[2]), NULL, spool, log,
                                             PAPPL_LOGLEVEL_DEBUG, NULL, false);
  papplSystemAddListeners(system, "localhost");
  papplSystemSetPrinterDrivers(system, 1, &driver, NULL, NULL, describe, NULL);
  if (papplPrinterCreate(system, 0, "Card", "card", NULL, "file:///dev/null") == NULL) return 1;
  papplSystemRun(system);
  return 0;
}
