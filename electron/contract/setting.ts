import { oc } from '@orpc/contract'
import { z } from 'zod'

const port = z.int().min(1).max(65535)

/** The mark of a setting that holds at once, without a restart of the vm. */
export const live = { isLive: true } as const

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
  'log.level': z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('How much engine.log holds').meta(live),
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
  get: oc.input(z.object({ name: z.string() })).output(SettingEntry),
  set: oc.input(z.object({ name: z.string(), value: z.string() })).output(SettingEntry),
  unset: oc.input(z.object({ name: z.string() })).output(SettingEntry),
}
