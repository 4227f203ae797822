import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'

const port = z.int().min(1).max(65535)

/** The mark of a setting that holds at once, without a restart of the vm. */
export const live = { isLive: true } as const

/** A host with or without a port, or a range of addresses: whatever else dockerd would refuse to start with. */
const registryAddress = /^(?:(?:\[[\da-f:]+\]|[a-z\d](?:[a-z\d.-]*[a-z\d])?)(?::\d{1,5})?|\d{1,3}(?:\.\d{1,3}){3}\/(?:[12]?\d|3[0-2]))$/i

/** An IP address, and for a server its port if it is not the usual one. */
const isAddress = (text: string): boolean => z.union([z.ipv4(), z.ipv6()]).safeParse(text).success
const isServer = (text: string): boolean => {
  const [, v6, v4, own] = /^(?:\[(.+)\]|([\d.]+)):(\d+)$/.exec(text) ?? []
  return own === undefined ? isAddress(text) : port.safeParse(Number(own)).success && isAddress(v6 ?? v4 ?? '')
}
/** A name and the address it stands for. */
const isNamed = (text: string): boolean => {
  const [name = '', address = ''] = text.split('=', 2)
  return /^[\w-]{1,63}(?:\.[\w-]{1,63})*$/.test(name) && name.length < 254 && isAddress(address)
}

/** Every setting with its bounds, default and meaning; the settings file holds only what differs. */
export const Settings = z.strictObject({
  'vm.cpus': z.int().min(1).max(256).default(2).describe('Virtual CPUs of the vm'),
  'vm.memoryMiB': z.int().min(512).max(1_048_576).default(2048).describe('Memory of the vm in MiB'),
  'vm.accelerator': z
    .enum(['auto', 'kvm', 'hvf', 'whpx', 'tcg'])
    .default('auto')
    .describe('How the vm runs; auto probes for hardware acceleration and falls back to tcg'),
  'vm.qemu': z.string().max(4096).default('').describe('Path of the QEMU program; empty finds it on PATH'),
  'disk.sizeGiB': z.int().min(4).max(65536).default(64).describe('Largest size the data disk may grow to, in GiB'),
  'tunnel.port': z.union([z.literal(0), port]).default(0).describe('Loopback port of the guest\'s sshd; 0 picks a free one'),
  'sleep.afterMin': z.int().min(0).max(10_080).default(5).describe('Minutes without a running container or connection after which the vm sleeps; 0 is never').meta(live),
  'sleep.withContainers': z.boolean().default(false).describe('Whether the vm sleeps also while containers run, which stand still meanwhile').meta(live),
  'docker.imageStore': z
    .enum(['classic', 'containerd'])
    .default('classic')
    .describe('Where Docker keeps images: containerd holds several platforms of one image; each store has its own images')
    .meta(live),
  'registry.insecure': z
    .array(z.string().regex(registryAddress, 'not a registry\'s address like "registry.lan:5000" or "10.0.0.0/8"'))
    .default([])
    .describe('Registries to speak to without TLS, or with a certificate nobody vouches for')
    .meta(live),
  'ca.extraFile': z.string().max(4096).default('').describe('PEM file of CA certificates to trust in registries beside those this system trusts').meta(live),
  'ca.containers': z.boolean().default(false).describe('Whether new containers trust the CA certificates of this system and ca.extraFile too; builds do').meta(live),
  'proxy.http': z.string().max(2048).default('system').describe('Proxy for registries without TLS; system takes what this host uses, empty uses none').meta(live),
  'proxy.https': z.string().max(2048).default('system').describe('Proxy for registries with TLS; system takes what this host uses, empty uses none').meta(live),
  'proxy.exclude': z.string().max(8192).default('system').describe('Names, domains and addresses reached without the proxy, with commas between').meta(live),
  'proxy.containers': z.boolean().default(false).describe('Whether new containers get the proxy too; builds do').meta(live),
  'dns.servers': z
    .array(z.string().refine(isServer, 'not the address of a name server like "10.0.0.53" or "[fd00::53]:5353"'))
    .max(3)
    .default([])
    .describe('Name servers that containers and Docker ask; empty asks as this computer does')
    .meta(live),
  'dns.hosts': z
    .array(z.string().refine(isNamed, 'not a name with its address like "db.test=10.0.0.7"'))
    .max(256)
    .default([])
    .describe('Names that containers and Docker find besides, each with its address')
    .meta(live),
  'port.bind': z
    .enum(['loopback', 'all'])
    .default('loopback')
    .describe('Where a port published without an address listens: on this computer alone, or on all its addresses')
    .meta(live),
  'share.folders': z
    .array(z.string().min(1).max(4096))
    .max(32)
    .default(['home', 'temp'])
    .describe('Folders of this computer that containers can mount; home and temp stand for yours')
    .meta(live),
  'share.driver': z
    .enum(['cove', 'virtiofs'])
    .default('cove')
    .describe("What serves shared folders: Cove's own file server, or virtiofs where this computer has it (Linux)"),
  'port.guestListeners': z.boolean().default(false).describe('Whether servers on the host network (docker run --network host) are reachable here too: TCP, and UDP at ports below 32768').meta(live),
  'log.level': z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('How much engine.log holds').meta(live),
  'desktop.theme': z.enum(['system', 'light', 'dark']).default('system').describe('Colours of the window').meta(live),
  'desktop.language': z.enum(['system', 'en', 'ko']).default('system').describe('Language of the window, menus and tray').meta(live),
  'desktop.startVm': z.boolean().default(true).describe('Start the vm when the app opens').meta(live),
  'desktop.startAtLogin': z.boolean().default(false).describe('Open the app when you log in').meta(live),
  'desktop.notifyExits': z.boolean().default(true).describe('Notify when a container ends with an error that nobody asked for').meta(live),
  'desktop.notifyOom': z.boolean().default(true).describe('Notify when a container runs out of memory').meta(live),
  'desktop.notifyDisk': z.boolean().default(true).describe('Notify when a disk is nearly full').meta(live),
  'desktop.onQuit': z
    .enum(['ask', 'keep', 'stop'])
    .default('ask')
    .describe('What quitting the app does with running containers: ask, keep them running, or stop the vm')
    .meta(live),
})
export type Settings = z.infer<typeof Settings>
export type SettingName = keyof Settings

/** What a setting may hold; a list travels as text with commas between its parts, or as a JSON array. */
export const SettingValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])
export type SettingValue = z.infer<typeof SettingValue>

/** One setting as listed: its value, where it comes from and whether the vm must restart to use it. */
export const SettingEntry = z.object({
  name: z.string(),
  value: SettingValue,
  default: SettingValue,
  isSet: z.boolean(),
  needsRestart: z.boolean(),
  description: z.string(),
})
export type SettingEntry = z.infer<typeof SettingEntry>

/** Calls on the settings file. Values travel as text, as a person types them. */
export const settingContract = {
  list: oc.output(z.array(SettingEntry)),
  /** All settings, then all of them again at each change. */
  watch: oc.output(eventIterator(z.array(SettingEntry))),
  get: oc.input(z.object({ name: z.string() })).output(SettingEntry),
  set: oc.input(z.object({ name: z.string(), value: z.string() })).output(SettingEntry),
  unset: oc.input(z.object({ name: z.string() })).output(SettingEntry),
}
