/* Our own nftables table, beside Docker's rules: who may reach the guest's sshd and its tunnel. */
#include "cove.h"

#include <stdio.h>

int firewall_load(void) {
  char define[32];
  snprintf(define, sizeof define, "ssh_port=%d", config.ssh_port);
  char *const argv[] = {"/usr/sbin/nft", "-D", define, "-f", "/etc/cove/firewall.nft", NULL};
  if (config.ssh_port <= 0) return fail("the host gave no ssh_port (fw_cfg opt/org.cove/config)");
  int code = run_program(argv);
  return code ? fail("cannot load the guest firewall (nft ended with %d)", code) : 0;
}
