import { renameSync } from 'node:fs'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { Settings, type SettingEntry, type SettingName } from '#contract/setting.ts'
import { readJson, writeJson } from '#base/json-file.ts'
import { entryOf, isSettingName, parseSetting } from './setting-values.ts'

/** The settings file: only what differs from the defaults, kept by the engine, editable by hand while it is off. */
export class SettingsFile {
  readonly #path: string
  /** What the file holds, unknown and invalid entries included, so that writing one setting loses no other. */
  #stored: Record<string, unknown> = {}
  #isBroken = false
  #queue: Promise<unknown> = Promise.resolve()
  /** What is wrong with the file, each a sentence for the user. */
  warnings: string[] = []

  private constructor(path: string) {
    this.#path = path
  }

  /** Reads the file; a broken one is left where it is, reported in `warnings`, and the defaults hold. */
  static async open(path: string): Promise<SettingsFile> {
    const file = new SettingsFile(path)
    try {
      file.#stored = asRecord(await readJson(path))
      file.warnings = invalidEntries(file.#stored).map((name) => `The setting "${name}" in "${path}" is not valid and is ignored.`)
    } catch (error) {
      file.#isBroken = true
      file.warnings = [
        `The settings file "${path}" cannot be read (${toCoveError(error).message}); the defaults hold. It is kept aside when a setting is next changed.`,
      ]
    }
    return file
  }

  /** Every setting with what holds now. */
  get values(): Settings {
    const valid = Object.entries(this.#stored).filter(([name, value]) => isSettingName(name) && parseSetting(name, value).success)
    return Settings.parse(Object.fromEntries(valid))
  }

  list(): SettingEntry[] {
    return Object.keys(Settings.shape).map((name) => this.get(name))
  }

  /** @throws CoveError `setting.unknown`. */
  get(name: string): SettingEntry {
    return entryOf(known(name), this.values, Object.hasOwn(this.#stored, name))
  }

  /** @throws CoveError `setting.unknown`, `setting.invalid`, `file.unwritable`; then nothing has changed. */
  async set(name: string, text: string): Promise<SettingEntry> {
    const key = known(name)
    const parsed = parseSetting(key, text)
    if (!parsed.success) throw new CoveError('setting.invalid', { message: `"${text}" is not a value for "${key}": ${parsed.reason}`, hint: `See: cove config get ${key}` })
    await this.#change((stored) => ({ ...stored, [key]: parsed.value }))
    return this.get(key)
  }

  /** Back to the default. @throws CoveError `setting.unknown`, `file.unwritable`. */
  async unset(name: string): Promise<SettingEntry> {
    const key = known(name)
    await this.#change(({ [key]: _gone, ...rest }) => rest)
    return this.get(key)
  }

  /** Changes run one after another; memory follows the file, never the other way round. */
  #change(edit: (stored: Record<string, unknown>) => Record<string, unknown>): Promise<void> {
    const work = this.#queue.then(async () => {
      const next = edit(this.#stored)
      if (this.#isBroken) this.#keepAside()
      await writeJson(this.#path, next)
      this.#stored = next
    })
    this.#queue = work.catch(() => undefined)
    return work
  }

  #keepAside(): void {
    const aside = `${this.#path}.broken-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
    renameSync(this.#path, aside)
    this.#isBroken = false
    this.warnings = [`The broken settings file was kept as "${aside}".`]
  }
}

function known(name: string): SettingName {
  if (isSettingName(name)) return name
  throw new CoveError('setting.unknown', { message: `there is no setting "${name}"`, hint: 'See them all with: cove config list' })
}

function asRecord(content: unknown): Record<string, unknown> {
  if (content === undefined) return {}
  if (typeof content !== 'object' || content === null || Array.isArray(content)) throw new Error('it holds no JSON object')
  return content as Record<string, unknown>
}

function invalidEntries(stored: Record<string, unknown>): string[] {
  return Object.entries(stored).flatMap(([name, value]) => (isSettingName(name) && parseSetting(name, value).success ? [] : [name]))
}
