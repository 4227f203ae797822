import { z } from 'zod'
import { ErrorValues } from './told-error.ts'

/**
 * Everything Cove says of a state without failing (what the checkup finds, warnings of the status, why a port or folder is not there)
 * and the values it is about, with which the window says it in other languages (`remark` in renderer/locales).
 */
export const remarkTable = {
  'settings.sound': [],
  'settings.unreadable': ['path'],
  'settings.kept': ['path'],
  'settings.ignored': ['name'],
  'history.not-kept': [],
  'history.begun-anew': ['path'],
  'ca.unused': [],
  'proxy.unused': [],
  'proxy.script': ['url'],
  'daemon.left-out': [],
  'daemon.pending': [],
  'qemu.found': ['version', 'path'],
  'acceleration.works': ['kind'],
  'acceleration.missing': [],
  'guest-image.complete': ['recipe', 'docker'],
  'shares.own': [],
  'shares.virtiofs': ['program'],
  'shares.otherwise': [],
  'shares.ended': ['folder'],
  'shares.few-files': ['files'],
  'disk.none': [],
  'disk.used': ['used', 'most', 'free'],
  'disk.low': ['path', 'free'],
  'permissions.sound': [],
  'permissions.open': ['paths'],
  'docker.answers': ['version'],
  'docker.away': [],
  'vm.out-of-reach': [],
  'vm.paused-no-space': [],
  'vm.paused-io-error': [],
  'vm.paused-asked': [],
  'sleep.stopped': [],
  'port.in-use': ['port'],
  'port.no-address': ['port'],
  'port.forbidden': ['port'],
  'port.closed': ['port'],
  'folder.missing': [],
  'folder.not-one': [],
  'folder.not-absolute': [],
  'folder.unusable': [],
  'folder.hides-guest': ['path'],
  'folder.of-cove': [],
  'folder.covered': ['path'],
  'folder.vm-off': [],
  'folder.mounting': [],
  'folder.otherwise': [],
  'folder.not-mounted': ['number'],
} as const satisfies Record<string, readonly string[]>

/** One of the closed set of remarks, `noun.state`. */
export type RemarkCode = keyof typeof remarkTable

/** A remark as it travels: a code of the table, or that of an error; the engine's own sentence is English. */
export const Remark = z.object({ code: z.string(), about: ErrorValues, message: z.string() })
export type Remark = z.infer<typeof Remark>

type ValuesOf<Code extends RemarkCode> = Readonly<Record<(typeof remarkTable)[Code][number], string | number>>

/** A remark with the values that the table asks for. */
export function remark<Code extends RemarkCode>(code: Code, message: string, about: ValuesOf<Code>): Remark {
  return { code, message, about: { ...about } }
}

/** Whether a text is a code of ours (for remarks read from the wire). */
export function isRemarkCode(code: string): code is RemarkCode {
  return Object.hasOwn(remarkTable, code)
}
