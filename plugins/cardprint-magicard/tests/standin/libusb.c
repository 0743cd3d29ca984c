/* A stand-in for libusb-1.0: one printer whose bulk pipes are a Unix socket, named by CARDPRINT_STANDIN_SOCKET; whoever
   listens there is the printer. A program gets it by LD_PRELOAD, pyusb by its path. Written from libusb's header alone. */
#include <errno.h>
#include <libusb-1.0/libusb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define IN_ENDPOINT 0x82
#define OUT_ENDPOINT 0x01

struct libusb_device { int unused; };
struct libusb_device_handle { int descriptor; };
struct libusb_context { int unused; };

static struct libusb_device the_device;
static struct libusb_context the_context;

static unsigned long number(const char *name, unsigned long otherwise, int base) {
    const char *text = getenv(name);
    return text && *text ? strtoul(text, NULL, base) : otherwise;
}

static int dial(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("CARDPRINT_STANDIN_SOCKET");
    if (!path || strlen(path) >= sizeof address.sun_path) return -1;
    strcpy(address.sun_path, path);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor >= 0 && connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0) return descriptor;
    if (descriptor >= 0) close(descriptor);
    return -1;
}

int libusb_init(libusb_context **context) { if (context) *context = &the_context; return 0; }
void libusb_exit(libusb_context *context) { (void)context; }

ssize_t libusb_get_device_list(libusb_context *context, libusb_device ***list) {
    (void)context;
    const char *path = getenv("CARDPRINT_STANDIN_SOCKET");
    int there = path && access(path, F_OK) == 0;
    *list = calloc(2, sizeof **list);
    if (there) (*list)[0] = &the_device;
    return there;
}
void libusb_free_device_list(libusb_device **list, int unref) { (void)unref; free(list); }

int libusb_get_device_descriptor(libusb_device *device, struct libusb_device_descriptor *descriptor) {
    (void)device;
    *descriptor = (struct libusb_device_descriptor){
        .bLength = LIBUSB_DT_DEVICE_SIZE, .bDescriptorType = LIBUSB_DT_DEVICE, .bcdUSB = 0x0200, .bMaxPacketSize0 = 64,
        .idVendor = (uint16_t)number("CARDPRINT_STANDIN_VENDOR", 0x0c1f, 16),
        .idProduct = (uint16_t)number("CARDPRINT_STANDIN_PRODUCT", 0x1800, 16),
        .iManufacturer = 1, .iProduct = 2, .iSerialNumber = 3, .bNumConfigurations = 1};
    return 0;
}

static const struct libusb_endpoint_descriptor endpoints[] = {
    {.bLength = 7, .bDescriptorType = LIBUSB_DT_ENDPOINT, .bEndpointAddress = OUT_ENDPOINT,
     .bmAttributes = LIBUSB_TRANSFER_TYPE_BULK, .wMaxPacketSize = 64},
    {.bLength = 7, .bDescriptorType = LIBUSB_DT_ENDPOINT, .bEndpointAddress = IN_ENDPOINT,
     .bmAttributes = LIBUSB_TRANSFER_TYPE_BULK, .wMaxPacketSize = 64}};
static const struct libusb_interface_descriptor altsetting = {
    .bLength = 9, .bDescriptorType = LIBUSB_DT_INTERFACE, .bNumEndpoints = 2, .bInterfaceClass = LIBUSB_CLASS_PRINTER,
    .bInterfaceSubClass = 1, .bInterfaceProtocol = 2, .endpoint = endpoints};
static const struct libusb_interface interface = {.altsetting = &altsetting, .num_altsetting = 1};
static struct libusb_config_descriptor configuration = {
    .bLength = 9, .bDescriptorType = LIBUSB_DT_CONFIG, .wTotalLength = 32, .bNumInterfaces = 1,
    .bConfigurationValue = 1, .bmAttributes = 0xc0, .interface = &interface};

int libusb_get_active_config_descriptor(libusb_device *device, struct libusb_config_descriptor **config) {
    (void)device;
    *config = &configuration;
    return 0;
}
int libusb_get_config_descriptor(libusb_device *device, uint8_t index, struct libusb_config_descriptor **config) {
    return index ? LIBUSB_ERROR_NOT_FOUND : libusb_get_active_config_descriptor(device, config);
}
void libusb_free_config_descriptor(struct libusb_config_descriptor *config) { (void)config; }

uint8_t libusb_get_bus_number(libusb_device *device) { (void)device; return 1; }
uint8_t libusb_get_device_address(libusb_device *device) { (void)device; return 2; }
uint8_t libusb_get_port_number(libusb_device *device) { (void)device; return 1; }
int libusb_get_port_numbers(libusb_device *device, uint8_t *ports, int length) {
    (void)device;
    if (length < 1) return LIBUSB_ERROR_OVERFLOW;
    ports[0] = 1;
    return 1;
}
int libusb_get_device_speed(libusb_device *device) { (void)device; return LIBUSB_SPEED_HIGH; }
libusb_device *libusb_get_device(libusb_device_handle *handle) { (void)handle; return &the_device; }
libusb_device *libusb_get_parent(libusb_device *device) { (void)device; return NULL; }
libusb_device *libusb_ref_device(libusb_device *device) { return device; }
void libusb_unref_device(libusb_device *device) { (void)device; }
const char *libusb_strerror(int code) { (void)code; return "a stand-in's error"; }

int libusb_open(libusb_device *device, libusb_device_handle **handle) {
    (void)device;
    int descriptor = dial();
    if (descriptor < 0) return LIBUSB_ERROR_NO_DEVICE;
    *handle = malloc(sizeof **handle);
    (*handle)->descriptor = descriptor;
    return 0;
}
void libusb_close(libusb_device_handle *handle) { close(handle->descriptor); free(handle); }

int libusb_get_configuration(libusb_device_handle *handle, int *value) { (void)handle; *value = 1; return 0; }
int libusb_set_configuration(libusb_device_handle *handle, int value) { (void)handle; (void)value; return 0; }
int libusb_kernel_driver_active(libusb_device_handle *handle, int index) { (void)handle; (void)index; return 0; }
int libusb_detach_kernel_driver(libusb_device_handle *handle, int index) { (void)handle; (void)index; return 0; }
int libusb_attach_kernel_driver(libusb_device_handle *handle, int index) { (void)handle; (void)index; return 0; }
int libusb_claim_interface(libusb_device_handle *handle, int index) {
    (void)handle; (void)index;
    return number("CARDPRINT_STANDIN_BUSY", 0, 10) ? LIBUSB_ERROR_BUSY : 0;
}
int libusb_release_interface(libusb_device_handle *handle, int index) { (void)handle; (void)index; return 0; }
int libusb_set_interface_alt_setting(libusb_device_handle *handle, int index, int setting) {
    (void)handle; (void)index; (void)setting;
    return 0;
}
int libusb_clear_halt(libusb_device_handle *handle, unsigned char endpoint) { (void)handle; (void)endpoint; return 0; }
int libusb_reset_device(libusb_device_handle *handle) { (void)handle; return 0; }

static const char *strings[] = {"", "Magicard", "A stand-in", "STANDIN-1"};

int libusb_get_string_descriptor_ascii(libusb_device_handle *handle, uint8_t index, unsigned char *data, int length) {
    (void)handle;
    if (index > 3 || length <= 0) return LIBUSB_ERROR_INVALID_PARAM;
    return snprintf((char *)data, (size_t)length, "%s", strings[index]);
}

/* A string descriptor, as pyusb asks for it itself; IEEE 1284's device id, as class drivers ask for it. */
int libusb_control_transfer(libusb_device_handle *handle, uint8_t type, uint8_t request, uint16_t value, uint16_t index,
                            unsigned char *data, uint16_t length, unsigned int timeout) {
    (void)handle; (void)index; (void)timeout;
    unsigned char answer[256];
    size_t size = 2;
    if (type == 0x80 && request == LIBUSB_REQUEST_GET_DESCRIPTOR && value >> 8 == LIBUSB_DT_STRING && (value & 0xff) <= 3) {
        const char *text = strings[value & 0xff];
        if ((value & 0xff) == 0) { answer[size++] = 0x09; answer[size++] = 0x04; }
        for (; *text; text++) { answer[size++] = (unsigned char)*text; answer[size++] = 0; }
        answer[0] = (unsigned char)size;
        answer[1] = LIBUSB_DT_STRING;
    } else if ((type & 0xe0) == 0xa0 && request == 0) {
        size += (size_t)snprintf((char *)answer + 2, sizeof answer - 2, "MFG:Magicard;CMD:MPL;MDL:STANDIN;SN:STANDIN-1;");
        answer[0] = (unsigned char)(size >> 8);
        answer[1] = (unsigned char)size;
    } else {
        return LIBUSB_ERROR_PIPE;
    }
    if (size > length) size = length;
    memcpy(data, answer, size);
    return (int)size;
}

/* pyusb looks these up when it loads; nothing here calls them. */
struct libusb_transfer *libusb_alloc_transfer(int packets) { (void)packets; return NULL; }
void libusb_free_transfer(struct libusb_transfer *transfer) { (void)transfer; }
int libusb_submit_transfer(struct libusb_transfer *transfer) { (void)transfer; return LIBUSB_ERROR_NOT_SUPPORTED; }
int libusb_handle_events(libusb_context *context) { (void)context; return LIBUSB_ERROR_NOT_SUPPORTED; }
int libusb_get_max_iso_packet_size(libusb_device *device, unsigned char endpoint) {
    (void)device; (void)endpoint;
    return LIBUSB_ERROR_NOT_SUPPORTED;
}
void libusb_set_debug(libusb_context *context, int level) { (void)context; (void)level; }
int libusb_interrupt_transfer(libusb_device_handle *handle, unsigned char endpoint, unsigned char *data, int length,
                              int *transferred, unsigned int timeout) {
    (void)handle; (void)endpoint; (void)data; (void)length; (void)transferred; (void)timeout;
    return LIBUSB_ERROR_NOT_SUPPORTED;
}

static int ready(int descriptor, short events, unsigned int timeout) {
    struct pollfd waiting = {.fd = descriptor, .events = events};
    return poll(&waiting, 1, timeout ? (int)timeout : -1) > 0;
}

/* A device that is gone ends the connection. Writing stops after CARDPRINT_STANDIN_SHORT bytes of a transfer. */
int libusb_bulk_transfer(libusb_device_handle *handle, unsigned char endpoint, unsigned char *data, int length,
                         int *transferred, unsigned int timeout) {
    int done = 0, error = 0;
    if (endpoint == IN_ENDPOINT) {
        if (!ready(handle->descriptor, POLLIN, timeout)) error = LIBUSB_ERROR_TIMEOUT;
        else {
            ssize_t got = recv(handle->descriptor, data, (size_t)length, 0);
            if (got > 0) done = (int)got;
            else error = LIBUSB_ERROR_NO_DEVICE;
        }
    } else {
        int most = (int)number("CARDPRINT_STANDIN_SHORT", (unsigned long)length, 10);
        if (most < length) length = most;
        while (done < length) {
            if (!ready(handle->descriptor, POLLOUT, timeout)) { error = LIBUSB_ERROR_TIMEOUT; break; }
            ssize_t sent = send(handle->descriptor, data + done, (size_t)(length - done), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent > 0) done += (int)sent;
            else if (sent < 0 && errno != EAGAIN && errno != EINTR) { error = LIBUSB_ERROR_NO_DEVICE; break; }
        }
    }
    if (transferred) *transferred = done;
    return error;
}
