import type { SettingName, Settings } from '#contract/setting.ts'

/** What help and completion say about a setting without loading its schema. */
export interface SettingWords<V = unknown> {
  summary: string
  /** What a value must be, as a sentence. */
  expects: string
  /** The values worth completing. */
  values: readonly V[]
}

/** Every setting; the compiler refuses a name or value that the schema in the contract does not have. */
export const settingWords: { readonly [K in SettingName]: SettingWords<Settings[K]> } = {
  'vm.cpus': { summary: 'virtual CPUs of the vm', expects: 'Give a whole number from 1 to 256.', values: [1, 2, 4, 8] },
  'vm.memoryMiB': { summary: 'memory of the vm in MiB', expects: 'Give whole MiB from 512 on, such as 4096.', values: [1024, 2048, 4096, 8192] },
  'vm.accelerator': {
    summary: 'how the vm runs',
    expects: 'Choose one of: auto, kvm, hvf, whpx, tcg.',
    values: ['auto', 'kvm', 'hvf', 'whpx', 'tcg'],
  },
  'vm.qemu': { summary: 'path of the QEMU program', expects: 'Give a path; "" finds QEMU on PATH.', values: [] },
  'disk.sizeGiB': { summary: 'largest size of the data disk in GiB', expects: 'Give whole GiB from 4 to 65536.', values: [64, 128, 256] },
  'tunnel.port': { summary: "loopback port of the guest's sshd", expects: 'Give a port from 1 to 65535, or 0 for a free one.', values: [0] },
  'sleep.afterMin': { summary: 'idle minutes before the vm sleeps', expects: 'Give whole minutes up to 10080, or 0 for never.', values: [0, 5, 30, 60] },
  'sleep.withContainers': { summary: 'sleep also while containers run', expects: 'Give true or false.', values: [true, false] },
  'docker.imageStore': { summary: 'where Docker keeps images', expects: 'Choose classic or containerd.', values: ['classic', 'containerd'] },
  'registry.insecure': { summary: 'registries to speak to without TLS', expects: 'Give addresses with commas between, such as registry.lan:5000,10.0.0.0/8.', values: [] },
  'ca.containers': { summary: 'whether containers trust the host\'s CA certificates, as builds do', expects: 'Choose true or false.', values: [true, false] },
  'ca.extraFile': { summary: 'PEM file of more CA certificates to trust', expects: 'Give a path; "" for none.', values: [] },
  'proxy.http': { summary: 'proxy for registries without TLS', expects: 'Give a URL such as http://proxy.lan:3128, "system", or "" for none.', values: ['system'] },
  'proxy.https': { summary: 'proxy for registries with TLS', expects: 'Give a URL such as http://proxy.lan:3128, "system", or "" for none.', values: ['system'] },
  'proxy.exclude': { summary: 'what is reached without the proxy', expects: 'Give names and addresses with commas between, or "system".', values: ['system'] },
  'proxy.containers': { summary: 'whether containers get the proxy, as builds do', expects: 'Choose true or false.', values: [true, false] },
  'dns.servers': { summary: 'name servers that containers ask', expects: 'Give up to three addresses with commas between, such as 10.0.0.53,[fd00::53]:5353; "" for those of this computer.', values: [] },
  'dns.hosts': { summary: 'names that containers find besides', expects: 'Give names with their addresses and commas between, such as db.test=10.0.0.7.', values: [] },
  'port.bind': { summary: 'where published ports listen', expects: 'Choose loopback (this computer alone) or all (every address).', values: ['loopback', 'all'] },
  'share.folders': { summary: 'folders that containers can mount', expects: 'Give folders with commas between them, or home or temp.', values: [['home', 'temp']] },
  'share.driver': { summary: 'what serves shared folders', expects: "Choose cove (Cove's own file server) or virtiofs (Linux alone).", values: ['cove', 'virtiofs'] },
  'port.guestListeners': { summary: 'whether servers on the host network are reachable here', expects: 'Give true or false.', values: [true, false] },
  'log.level': { summary: 'how much engine.log holds', expects: 'Choose one of: debug, info, warn, error.', values: ['debug', 'info', 'warn', 'error'] },
  'desktop.theme': { summary: 'colours of the window', expects: 'Choose one of: system, light, dark.', values: ['system', 'light', 'dark'] },
  'desktop.language': { summary: 'language of the window, menus and tray', expects: 'Choose one of: system, en, ko.', values: ['system', 'en', 'ko'] },
  'desktop.startVm': { summary: 'start the vm when the app opens', expects: 'Give true or false.', values: [true, false] },
  'desktop.startAtLogin': { summary: 'open the app when you log in', expects: 'Give true or false.', values: [true, false] },
  'desktop.notifyExits': { summary: 'notify when a container ends unexpectedly', expects: 'Give true or false.', values: [true, false] },
  'desktop.notifyOom': { summary: 'notify when a container runs out of memory', expects: 'Give true or false.', values: [true, false] },
  'desktop.notifyDisk': { summary: 'notify when a disk is nearly full', expects: 'Give true or false.', values: [true, false] },
  'desktop.onQuit': {
    summary: 'what quitting the app does with running containers',
    expects: 'Choose one of: ask, keep, stop.',
    values: ['ask', 'keep', 'stop'],
  },
}
