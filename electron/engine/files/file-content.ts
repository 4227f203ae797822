import { CoveError } from '#contract/errors.ts'
import { maxFileBytes, type FileContent } from '#contract/file.ts'

/** A file's beginning as the contract tells it. */
export function fileContent(path: string, { size, mode, data }: { size: number; mode: number; data: Buffer }): FileContent {
  const isComplete = data.length >= size
  const text = textOf(data, !isComplete)
  return { path, bytes: size, mode, encoding: text === undefined ? 'base64' : 'utf8', content: text ?? data.toString('base64'), isComplete }
}

/** What may be written through the contract. @throws CoveError `usage.invalid`. */
export function smallEnough(data: Buffer): Buffer {
  if (data.length <= maxFileBytes) return data
  throw new CoveError('usage.invalid', { message: `the file has ${data.length} bytes, more than ${maxFileBytes}`, hint: 'Upload it instead.' })
}

/** UTF-8 text without NULs, else undefined; a character that the end cuts in two is left out. */
function textOf(data: Buffer, isCut: boolean): string | undefined {
  if (data.includes(0)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data, { stream: isCut })
  } catch {
    return undefined
  }
}
