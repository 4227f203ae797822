import { FuseError } from '../fuse/protocol.ts'

const isAscii = /^[\x01-\x7f]*$/
const utf8 = new TextDecoder('utf-8', { fatal: true })
/** What Windows refuses in names, and names that are devices there whatever their extension. */
const refusedByWindows = /[<>:"|?*\\\x01-\x1f]|[. ]$/
const windowsDevices = /^(con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]|conin\$|conout\$)(\..*)?$/i

/** A path for node:fs: names of Linux are bytes, kept here one character each. */
export function bytesPath(folder: string, name: string): string | Buffer {
  if (isAscii.test(name)) return `${folder}/${name}`
  return Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')])
}

/** A name of Linux as a host of UTF-8 or UTF-16 names spells it. @throws FuseError EILSEQ or EINVAL for one it cannot have. */
export function hostName(name: string, platform: NodeJS.Platform): string {
  let text = name
  if (!isAscii.test(name)) {
    try {
      text = utf8.decode(Buffer.from(name, 'latin1'))
    } catch {
      throw new FuseError('EILSEQ')
    }
  }
  if (platform === 'win32' && (refusedByWindows.test(text) || windowsDevices.test(text))) throw new FuseError('EINVAL')
  return text
}

/** A name of the host as bytes, one character each. */
export function guestName(text: string): string {
  return isAscii.test(text) ? text : Buffer.from(text).toString('latin1')
}
