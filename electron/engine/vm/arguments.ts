import { acceleratorOption } from './host.ts'
import { type Channel, controlPortName, dataNode, guestAddress, netdevId, type VmPlan } from './plan.ts'

/** The whole QEMU command line, one group of arguments per device; pure. Order fixes the guest's device names. */
export function qemuArguments(plan: VmPlan): string[] {
  return [
    base(),
    machine(plan),
    accelerator(plan),
    cpu(plan),
    memory(plan),
    clock(),
    kernel(plan),
    rootDisk(plan),
    dataDisk(plan),
    network(plan),
    entropy(),
    balloon(plan),
    controlPort(plan),
    ports(plan),
    virtiofs(plan),
    serialConsole(plan),
    monitor(plan),
    fwCfg(plan),
  ].flat()
}

/** A QEMU option `head,key=value,…`; commas in values are doubled, as qemu(1) "Syntax of options" asks. */
export function option(head: string, values: Record<string, string | number>): string {
  const pairs = Object.entries(values).map(([key, value]) => `,${key}=${String(value).replaceAll(',', ',,')}`)
  return `${head}${pairs.join('')}`
}

/** No window, nothing QEMU adds by itself, and a guest that reboots ends (WHPX cannot reset it). */
function base(): string[] {
  return ['-name', 'cove', '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-msg', 'timestamp=on']
}

/** The board, without the legacy devices nobody uses: each costs the guest time to probe. */
export function machine({ host, virtiofs: shares }: VmPlan): string[] {
  const backend = shares.length > 0 ? { 'memory-backend': memoryId } : {}
  const x64 = { usb: 'off', sata: 'off', smbus: 'off', vmport: 'off', hpet: 'off', i8042: 'off', 'dump-guest-core': 'off', ...backend }
  const arm64 = { 'gic-version': 'max', 'dump-guest-core': 'off', ...backend }
  return ['-machine', host.arch === 'arm64' ? option('virt', arm64) : option('q35', x64)]
}

/** What runs the guest's code. */
export function accelerator(plan: VmPlan): string[] {
  return ['-accel', acceleratorOption(plan.accelerator, plan.host)]
}

/** The CPU model the probe found to work, and how many of it. */
export function cpu(plan: VmPlan): string[] {
  return ['-cpu', plan.cpuModel, '-smp', option(String(plan.cpus), { sockets: 1, cores: plan.cpus, threads: 1 })]
}

/** The guest's memory as an object, where somebody else than QEMU works in it. */
const memoryId = 'memory0'

/** Guest memory in MiB; virtiofs servers read and write it themselves. */
export function memory(plan: VmPlan): string[] {
  const size = `${plan.memoryMiB}M`
  const shared = plan.virtiofs.length > 0 ? ['-object', option('memory-backend-memfd', { id: memoryId, size, share: 'on' })] : []
  return ['-m', size, ...shared]
}

/** The guest's hardware clock follows the host's. */
export function clock(): string[] {
  return ['-rtc', 'base=utc,clock=host']
}

/** Direct kernel boot: no boot loader, no disk to find. */
export function kernel(plan: VmPlan): string[] {
  return ['-kernel', plan.kernel, '-initrd', plan.initrd, '-append', kernelCommandLine(plan)]
}

/**
 * What an emulated guest's kernel leaves out: work that takes milliseconds on hardware and seconds here. Measured 2026-11
 * on QEMU 7.2, medians of three boots: 17.4 s to Docker without, 13.1 s with. `lpj` saves calibrating the second CPU;
 * `lsm` and the initcalls leave out measuring and labelling of files for policies that nobody loads. `maxcpus` leaves the
 * other processors to the supervisor (processors.c): while the kernel starts it patches its own code, and boots ended in a
 * breakpoint of that ("int3" in sched_clock_cpu on both processors, QEMU 7.2), most likely since QEMU had translated what
 * the other processor was just patching.
 */
const emulationTrims =
  'mitigations=off lpj=16000000 cryptomgr.notests initcall_blacklist=load_system_certificate_list,jent_mod_init,init_ima,init_evm rcupdate.rcu_expedited=1 lsm=landlock,yama,bpf audit=0 maxcpus=1'

/**
 * On x86 also: the TSC is the host's own and steady, but a busy host makes the watchdog distrust it, and every reading of
 * the clock then becomes a port access (30 → 24 s to Docker, 2026-11, on such a host); `rep stos` moves 8 bytes a turn. Locks are not
 * taken out of a kernel that has one processor for a second.
 */
const emulatedX64Trims = `${emulationTrims} tsc=reliable clearcpuid=rep_good noreplace-smp`

/** What the guest's kernel is told. */
export function kernelCommandLine({ host, accelerator: kind }: Pick<VmPlan, 'host' | 'accelerator'>): string {
  const console = host.arch === 'arm64' ? 'ttyAMA0' : 'ttyS0'
  // x86 guests see by cpuid that they are emulated; arm64 has to be told.
  const emulated = host.arch === 'arm64' ? ` ${emulationTrims} cove.emulated=1` : ` ${emulatedX64Trims}`
  return `console=${console} quiet loglevel=3 panic=-1 random.trust_cpu=on${kind === 'tcg' ? emulated : ''}`
}

/** The read-only root image: /dev/vda. */
export function rootDisk(plan: VmPlan): string[] {
  const node = option('driver=file', { 'node-name': 'root', filename: plan.root, 'read-only': 'on' })
  return ['-blockdev', node, '-device', 'virtio-blk-pci,drive=root,serial=cove-root']
}

/** The data disk: /dev/vdb. Freed blocks go back to the host; a refused write stops the vm, so nothing is lost. */
export function dataDisk({ dataDisk: filename, host }: VmPlan): string[] {
  // macOS has no OFD locks and `auto` would mean none at all there: two vms could write one disk.
  const locking = host.platform === 'darwin' ? 'on' : 'auto'
  const file = { 'file.driver': 'file', 'file.filename': filename, 'file.locking': locking }
  const node = option('driver=qcow2', { 'node-name': dataNode, discard: 'unmap', 'detect-zeroes': 'unmap', ...file })
  return ['-blockdev', node, '-device', `virtio-blk-pci,drive=${dataNode},serial=cove-data,werror=stop,rerror=report`]
}

/** QEMU's user network; the one port it forwards is the guest's sshd, on loopback. */
export function network(plan: VmPlan): string[] {
  const forward = `hostfwd=tcp:127.0.0.1:${plan.sshPort}-${guestAddress}:22`
  return ['-netdev', `user,id=${netdevId},ipv6=off,${forward}`, '-device', `virtio-net-pci,netdev=${netdevId},romfile=`]
}

/** Random numbers from the host. */
export function entropy(): string[] {
  return ['-device', 'virtio-rng-pci']
}

/** Gives freed guest memory back; only Linux can, and on Windows each try would be an error in the log. */
export function balloon({ host }: VmPlan): string[] {
  return ['-device', `virtio-balloon-pci${host.platform === 'linux' ? ',free-page-reporting=on' : ''}`]
}

/**
 * Room for eight ports, each queue with an interrupt of its own: one for all of the usual 31 has the guest look through
 * 64 queues at every message (2 × (ports + 1) queues, and one vector for changes: hw/virtio/virtio-serial-bus.c).
 */
const serialBus = 'virtio-serial-pci,id=ports0,max_ports=8,vectors=19'

/** The port the guest reports its steps on. */
export function controlPort(plan: VmPlan): string[] {
  const port = option('virtserialport', { bus: 'ports0.0', chardev: 'control', name: controlPortName })
  return [...channel('control', plan.control), '-device', serialBus, '-device', port]
}

/** Further ports on the same bus, one protocol each. */
export function ports(plan: VmPlan): string[] {
  return plan.ports.flatMap(({ name, channel: by }) => {
    const id = `port-${name}`
    return [...channel(id, by), '-device', option('virtserialport', { bus: 'ports0.0', chardev: id, name: `org.cove.${name}` })]
  })
}

/** A device for each folder that a virtiofs server has; after all others, so that those keep their places. */
export function virtiofs(plan: VmPlan): string[] {
  return plan.virtiofs.flatMap(({ tag, socket }) => {
    const id = `virtiofs-${tag}`
    return ['-chardev', option(`socket,id=${id}`, { path: socket }), '-device', option('vhost-user-fs-pci', { chardev: id, tag, 'queue-size': 1024 })]
  })
}

/** The guest's console, appended so that the log can be capped under a running QEMU. */
export function serialConsole(plan: VmPlan): string[] {
  return ['-chardev', option('file,id=serial0', { path: plan.serialLog, append: 'on' }), '-serial', 'chardev:serial0']
}

/** QMP, qemu-qmp-ref(7). */
export function monitor(plan: VmPlan): string[] {
  return [...channel('qmp', plan.monitor), '-mon', 'chardev=qmp,mode=control']
}

/** Identity and settings of this boot, by file so that no secret shows in the process list. */
export function fwCfg(plan: VmPlan): string[] {
  return plan.fwCfg.flatMap(({ name, file }) => ['-fw_cfg', option(`name=${name}`, { file })])
}

/** A channel as QEMU's `-chardev`; a pipe blocks QEMU until its one and only client comes (chardev/char-pipe.c). */
function channel(id: string, by: Channel): string[] {
  if (by.kind === 'pipe') return ['-chardev', option(`pipe,id=${id}`, { path: by.name })]
  return ['-chardev', option(`socket,id=${id}`, { fd: by.fd, server: 'on', wait: 'off' })]
}
