import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkNames } from '#contract/doctor.ts'
import { logNames } from '#contract/log.ts'
import { resetKinds } from '#contract/reset.ts'
import { engineStates } from '#contract/state.ts'
import { screenNames } from '#contract/desktop-bridge.ts'
import { bootSteps } from '#engine/life/boot-steps.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const read = (file: string): object => JSON.parse(readFileSync(join(root, file), 'utf8')) as object

/** Every key of a locale file with its text; plural forms count as one. */
function texts(node: object, path: readonly string[] = []): [key: string, text: string][] {
  return Object.entries(node).flatMap(([name, child]) =>
    typeof child === 'string' ? [[[...path, name].join('.').replace(/_(one|other)$/, ''), child] as [string, string]] : texts(child as object, [...path, name]),
  )
}

const slots = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, slot]) => slot!).toSorted()

describe.each(['renderer/locales', 'electron/desktop/locales'])('%s', (folder) => {
  const en = new Map(texts(read(`${folder}/en.json`)))
  const ko = new Map(texts(read(`${folder}/ko.json`)))

  test('both languages have the same keys and the same slots', () => {
    expect([...ko.keys()].toSorted()).toEqual([...en.keys()].toSorted())
    for (const [key, text] of en) expect(slots(ko.get(key)!), key).toEqual(slots(text))
  })

  test('Korean is Korean, but for names and figures', () => {
    // A language is called by its own name everywhere.
    const untranslated = [...ko].filter(([key, text]) => text === en.get(key) && !key.includes('.language.option.') && /\p{L}{3}/u.test(text.replaceAll(/\{\{\w+\}\}|Dockerfile|Docker|Cove|QEMU|CPU|KVM|TCG|GiB|API|containerd|virtiofs|Dockerfile|mine|English|Hypervisor\.framework|Windows Hypervisor/g, '')))
    expect(untranslated).toEqual([])
  })
})

test('the window has words for every state, screen, step, log, check and thing to reset that there is', () => {
  const keys = new Set(texts(read('renderer/locales/en.json')).map(([key]) => key))
  const wanted = [
    ...engineStates.map((state) => `state.${state}`),
    ...screenNames.map((screen) => `screen.${screen}`),
    ...Object.keys(bootSteps).map((step) => `step.${step}`),
    ...logNames.map((log) => `logs.${log}`),
    ...checkNames.map((check) => `check.${check}`),
    ...Object.keys(resetKinds).map((kind) => `reset.what.${kind}`),
  ]
  expect(wanted.filter((key) => !keys.has(key)), 'add them to renderer/locales').toEqual([])
})

/** Words between tags, or in an attribute that is shown or read out. */
const text = />\s*([^<>{}\n]*\p{L}{2}[^<>{}\n]*?)\s*<\/|\b(?:title|label|placeholder|aria-label|alt)="([^"]*\p{L}[^"]*)"/gu
/** What has the same name in every language. */
const names = new Set(['Cove', 'GiB', 'stdout', 'stderr', 'nginx:latest', 'registry.lan:5000/mine:1'])

test('no text stands in the window’s code', () => {
  const found = globSync('renderer/**/*.tsx', { cwd: root }).flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8')
    return [...source.matchAll(text)].map(([, between, attribute]) => between ?? attribute!).filter((words) => !names.has(words) && !/=>|\(|=/.test(words)).map((words) => `${file}: ${words}`)
  })
  expect(found).toEqual([])
})
