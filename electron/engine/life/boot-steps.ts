/** One step of a start: what `cove status` calls it, how long it may take, and what to do when it fails. */
export interface BootStep {
  name: string
  /** Completes "… while <what>". */
  what: string
  limitMs: number
  hint: string
}

const seeGuest = 'See what the guest printed: cove logs guest'

/** The steps of a start in order; software emulation is up to twenty times slower than hardware, so the limits are wide. */
export const bootSteps = {
  attach: { name: 'attach', what: 'looking for a vm that still runs', limitMs: 30_000, hint: 'See the details: cove logs engine' },
  image: { name: 'image', what: 'checking the guest image', limitMs: 60_000, hint: 'Install Cove again; from a checkout: npm start' },
  memory: { name: 'memory', what: 'loading the saved memory', limitMs: 180_000, hint: 'See what QEMU printed: cove logs qemu' },
  vm: { name: 'vm', what: 'starting QEMU', limitMs: 60_000, hint: 'See what QEMU printed: cove logs qemu' },
  initrd: { name: 'initrd', what: 'booting the guest kernel', limitMs: 120_000, hint: seeGuest },
  network: { name: 'network', what: 'setting up the guest network', limitMs: 60_000, hint: seeGuest },
  sshd: { name: 'sshd', what: 'starting sshd in the guest', limitMs: 60_000, hint: seeGuest },
  'data-disk': { name: 'data-disk', what: 'mounting the data disk', limitMs: 300_000, hint: `${seeGuest}. Your data is still on the disk` },
  containerd: { name: 'containerd', what: 'starting containerd', limitMs: 120_000, hint: seeGuest },
  dockerd: { name: 'dockerd', what: 'starting Docker', limitMs: 240_000, hint: seeGuest },
  'welcome-image': { name: 'welcome-image', what: 'loading the welcome image', limitMs: 60_000, hint: seeGuest },
  tunnel: { name: 'tunnel', what: 'connecting to the guest', limitMs: 60_000, hint: 'See the details: cove logs engine' },
  docker: { name: 'docker', what: 'waiting for Docker to answer', limitMs: 60_000, hint: seeGuest },
} as const satisfies Record<string, BootStep>

/** The steps of falling asleep. */
export const sleepSteps = {
  flush: { name: 'flush', what: 'the guest to write everything to its disk', limitMs: 120_000, hint: seeGuest },
  save: { name: 'save', what: 'saving the memory', limitMs: 330_000, hint: 'See the details: cove logs engine' },
} as const satisfies Record<string, BootStep>

/** Steps of a stop, in words. */
export const stopSteps = { poweroff: { what: 'powering off the guest' } } as const

/** The steps that the guest reports on its control port, in the order a user meets them. */
export const guestSteps = ['initrd', 'network', 'sshd', 'data-disk', 'containerd', 'dockerd', 'welcome-image'] as const
export type GuestStep = (typeof guestSteps)[number]

/** Steps, and inner work of the guest, whose failure is a pity but leaves a working Docker. */
export const optionalSteps: readonly string[] = ['welcome-image', 'late-modules', 'foreign-programs']
