import { createHash } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { errnoOf } from '#base/errno.ts'
import { CoveError, toCoveError } from '#contract/errors.ts'

/** The user's options of Docker on disk: the text, the former one, and the mark of what a Docker accepted. */
export class OptionsFile {
  readonly #dir: string

  constructor(dir: string) {
    this.#dir = dir
  }

  /** As it was written; empty when there is none. */
  async text(): Promise<string> {
    return (await this.#read('daemon.json')) ?? ''
  }

  async former(): Promise<string | null> {
    return (await this.#read('daemon.former.json')) ?? null
  }

  /** Whether the text as it stands was accepted by the Docker of that guest image: it may be changed by hand, and Docker with Cove. */
  async isAccepted(image: string): Promise<boolean> {
    const [text, mark] = await Promise.all([this.text(), this.#read('accepted')])
    return text.trim() === '' || mark === markOf(text, image)
  }

  async accept(image: string): Promise<void> {
    await this.#write('accepted', markOf(await this.text(), image))
  }

  /** Puts both texts in place, the accepted one last marked. @throws CoveError `file.unwritable`, `disk.no-space`. */
  async put({ text, former, image }: { text: string; former: string | null; image: string }): Promise<void> {
    await this.#write('daemon.json', text)
    if (former === null) await rm(join(this.#dir, 'daemon.former.json'), { force: true })
    else await this.#write('daemon.former.json', former)
    await this.accept(image)
  }

  /** Puts a text in place that no Docker has been asked about: it is asked before it gets it. @throws CoveError `file.unwritable`, `disk.no-space`. */
  async propose(text: string): Promise<void> {
    await this.#write('daemon.former.json', await this.text())
    await this.#write('daemon.json', text)
  }

  async #read(name: string): Promise<string | undefined> {
    return readFile(join(this.#dir, name), 'utf8').catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return undefined
      throw new CoveError('file.unreadable', { message: `"${join(this.#dir, name)}" cannot be read: ${toCoveError(error).message}`, about: { path: join(this.#dir, name) }, cause: error })
    })
  }

  async #write(name: string, content: string): Promise<void> {
    const path = join(this.#dir, name)
    try {
      await mkdir(this.#dir, { recursive: true, mode: 0o700 })
      await writeFileAtomic(path, content, { mode: 0o600 })
    } catch (error) {
      throw new CoveError(errnoOf(error) === 'ENOSPC' ? 'disk.no-space' : 'file.unwritable', { message: `cannot write "${path}": ${toCoveError(error).message}`, about: { path }, cause: error })
    }
  }
}

function markOf(text: string, image: string): string {
  return createHash('sha256').update(`${image}\n${text}`).digest('hex')
}
