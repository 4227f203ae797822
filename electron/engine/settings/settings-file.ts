import { constants, copyFileSync, rmSync } from 'node:fs'
import { errnoOf } from '#base/errno.ts'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { type Remark, remark } from '#contract/remark.ts'
import { Settings, type SettingEntry, type SettingName } from '#contract/setting.ts'
import { readJson, writeJson } from '#base/json-file.ts'
import { entryOf, isSettingName, parseSetting } from './setting-values.ts'

/** The settings file: only what differs from the defaults, kept by the engine, editable by hand while it is off. */
export class SettingsFile {
  readonly #path: string
  /** What the file holds, unknown and invalid entries included, so that writing one setting loses no other. */
  #stored: Record<string, unknown> = {}
  #values: Settings | undefined
  /** What is wrong with the file as a whole. */
  #broken: string | undefined
  #keptAs: string | undefined
  #queue: Promise<unknown> = Promise.resolve()
  readonly #listeners = new Set<(values: Settings, former: Settings) => void>()

  private constructor(path: string) {
    this.#path = path
  }

  /** Reads the file; a broken one is left where it is, reported in `warnings`, and the defaults hold. */
  static async open(path: string): Promise<SettingsFile> {
    const file = new SettingsFile(path)
    try {
      file.#stored = asRecord(await readJson(path))
    } catch (error) {
      file.#broken = toCoveError(error).message
    }
    return file
  }

  /** What is wrong with the file now. */
  get warnings(): Remark[] {
    if (this.#broken !== undefined) {
      return [remark('settings.unreadable', `The settings file "${this.#path}" cannot be read (${this.#broken}); the defaults hold. It is kept aside when a setting is next changed.`, { path: this.#path })]
    }
    const kept = this.#keptAs === undefined ? [] : [remark('settings.kept', `The broken settings file was kept as "${this.#keptAs}".`, { path: this.#keptAs })]
    return [...kept, ...invalidEntries(this.#stored).map((name) => remark('settings.ignored', `The setting "${name}" in "${this.#path}" is not valid and is ignored.`, { name }))]
  }

  /** Every setting with what holds now; asked at each line of the log, so read once per change. */
  get values(): Settings {
    return (this.#values ??= Settings.parse(validEntries(this.#stored)))
  }

  /** Tells of each change once the file holds it; the listener must not throw. Dispose to stop. */
  onChange(listener: (values: Settings, former: Settings) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  list(): SettingEntry[] {
    return Object.keys(Settings.shape).map((name) => this.get(name))
  }

  /** @throws CoveError `setting.unknown`. */
  get(name: string): SettingEntry {
    return entryOf(known(name), this.values, Object.hasOwn(validEntries(this.#stored), name))
  }

  /** @throws CoveError `setting.unknown`, `setting.invalid`, `file.unwritable`; then nothing has changed. */
  async set(name: string, text: string): Promise<SettingEntry> {
    const key = known(name)
    const parsed = parseSetting(key, text)
    if (!parsed.success) throw new CoveError('setting.invalid', { message: `"${text}" is not a value for "${key}": ${parsed.reason}`, about: { key }, hint: `See: cove config get ${key}` })
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
      const aside = this.#broken === undefined ? undefined : this.#copyAside()
      try {
        await writeJson(this.#path, next)
      } catch (error) {
        if (aside !== undefined) rmSync(aside, { force: true })
        throw error
      }
      const former = this.values
      this.#stored = next
      this.#values = undefined
      this.#keptAs = aside ?? this.#keptAs
      this.#broken = undefined
      for (const listener of this.#listeners) listener(this.values, former)
    })
    this.#queue = work.catch(() => undefined)
    return work
  }

  /** A copy of the broken file, so that the file itself stays until the new one takes its place; undefined when it is gone. */
  #copyAside(): string | undefined {
    const aside = `${this.#path}.broken-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
    try {
      copyFileSync(this.#path, aside, constants.COPYFILE_EXCL)
      return aside
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined
      throw new CoveError('setting.file-broken', {
        message: `the settings file "${this.#path}" cannot be read and not be kept aside: ${toCoveError(error).message}`,
        about: { path: this.#path },
        hint: `Mend or move "${this.#path}", then try again.`,
        cause: error,
      })
    }
  }
}

function known(name: string): SettingName {
  if (isSettingName(name)) return name
  throw new CoveError('setting.unknown', { message: `there is no setting "${name}"`, about: { key: name }, hint: 'See them all with: cove config list' })
}

function asRecord(content: unknown): Record<string, unknown> {
  if (content === undefined) return {}
  if (typeof content !== 'object' || content === null || Array.isArray(content)) throw new Error('it holds no JSON object')
  return content as Record<string, unknown>
}

function validEntries(stored: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(stored).flatMap(([name, value]) => {
      const parsed = isSettingName(name) ? parseSetting(name, value) : undefined
      return parsed?.success ? [[name, parsed.value]] : []
    }),
  )
}

function invalidEntries(stored: Record<string, unknown>): string[] {
  const valid = validEntries(stored)
  return Object.keys(stored).filter((name) => !Object.hasOwn(valid, name))
}
