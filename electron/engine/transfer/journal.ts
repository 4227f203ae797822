import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { z } from 'zod'
import { readJson, writeJson } from '#base/json-file.ts'

/** What a transfer is about to do that must be mended when it is cut off. */
const Note = z.object({
  /** The volume that is being given its contents, if one is. */
  volume: z.string().nullable(),
  /** Whether the import made that volume. */
  isNew: z.boolean(),
})
type Note = z.infer<typeof Note>

/** A file that is there while a transfer is under way, so that whoever comes after a killed engine tidies up. */
export class TransferJournal {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  get exists(): boolean {
    return existsSync(this.#path)
  }

  /** What was under way; undefined when the file cannot be read. */
  async read(): Promise<Note | undefined> {
    return Note.safeParse(await readJson(this.#path).catch(() => undefined)).data
  }

  async note(note: Note): Promise<void> {
    await writeJson(this.#path, note)
  }

  async end(): Promise<void> {
    await rm(this.#path, { force: true })
  }
}
