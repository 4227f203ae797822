/* The one network card, with the fixed addresses of QEMU's user-mode network. */
#include "cove.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_FOR_CARD_MS 10000

static void set_address(struct sockaddr *into, const char *address) {
  struct sockaddr_in *in = (struct sockaddr_in *)into;
  memset(in, 0, sizeof *in);
  in->sin_family = AF_INET;
  inet_pton(AF_INET, address, &in->sin_addr);
}

static int bring_up(int fd, const char *name) {
  struct ifreq request = {0};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(fd, SIOCGIFFLAGS, &request) < 0) return -1;
  request.ifr_flags |= IFF_UP | IFF_RUNNING;
  return ioctl(fd, SIOCSIFFLAGS, &request);
}

static int set_interface(int fd, const char *name, unsigned long call, const char *address) {
  struct ifreq request = {0};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  set_address(&request.ifr_addr, address);
  return ioctl(fd, call, &request);
}

static int add_default_route(int fd, const char *gateway) {
  struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY};
  set_address(&route.rt_dst, "0.0.0.0");
  set_address(&route.rt_genmask, "0.0.0.0");
  set_address(&route.rt_gateway, gateway);
  return ioctl(fd, SIOCADDRT, &route);
}

int network_up(void) {
  modules_load(COVE_FILES "/modules-network", "/");
  if (wait_for_path("/sys/class/net/eth0", WAIT_FOR_CARD_MS) < 0) return fail("the network card eth0 did not appear");
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail("cannot open a socket: %s", strerror(errno));
  int result = 0;
  /* Coming up gives lo 127.0.0.1; containers of the host's network and ports published on it need it. */
  if (bring_up(fd, "lo") < 0) result = fail("cannot bring lo up: %s", strerror(errno));
  else if (set_interface(fd, "eth0", SIOCSIFADDR, "10.0.2.15") < 0 || set_interface(fd, "eth0", SIOCSIFNETMASK, "255.255.255.0") < 0)
    result = fail("cannot give eth0 its address: %s", strerror(errno));
  else if (bring_up(fd, "eth0") < 0) result = fail("cannot bring eth0 up: %s", strerror(errno));
  else if (add_default_route(fd, "10.0.2.2") < 0) result = fail("cannot add the default route: %s", strerror(errno));
  /* Where the host's forwards of published ports arrive: etc/cove/firewall.nft leads them on, to loopback too. */
  else if (set_interface(fd, "eth0:1", SIOCSIFADDR, "10.0.2.16") < 0 || set_interface(fd, "eth0:1", SIOCSIFNETMASK, "255.255.255.0") < 0)
    result = fail("cannot give eth0 its second address: %s", strerror(errno));
  else if (write_text("/proc/sys/net/ipv4/conf/eth0/route_localnet", "1") < 0) result = fail("cannot set route_localnet: %s", strerror(errno));
  close(fd);
  return result;
}

/* Domains for names without a dot: Docker hands them on to each container that it starts from now on. */
void network_search(const char *domains) {
  char text[1200];
  int length = snprintf(text, sizeof text, "nameserver 10.0.2.3\n%s%s%s", *domains ? "search" : "", domains, *domains ? "\n" : "");
  if (write_file("/etc/resolv.conf.new", text, (size_t)length, 0644) < 0 || rename("/etc/resolv.conf.new", "/etc/resolv.conf") < 0)
    say("cannot write /etc/resolv.conf: %s", strerror(errno));
}
