import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import i18next, { type TFunction } from 'i18next'
import { beforeAll, describe, expect, test } from 'vitest'
import { errorTable } from '#contract/errors.ts'
import { languages } from '#contract/desktop-bridge.ts'
import { type Remark, type RemarkCode, remarkTable } from '#contract/remark.ts'
import { remarkWords } from '#renderer/parts/remark-words.ts'

const root = join(import.meta.dirname, '..', '..', '..', '..')
const codes = Object.keys(remarkTable) as RemarkCode[]
type Locale = { remark: Record<string, Record<string, string>> }
const locales = Object.fromEntries(languages.map((language) => [language, JSON.parse(readFileSync(join(root, 'renderer/locales', `${language}.json`), 'utf8')) as Locale]))
const texts: Record<string, TFunction> = {}

beforeAll(async () => {
  await i18next.init({ lng: 'en', resources: Object.fromEntries(languages.map((language) => [language, { translation: { ...locales[language] } }])), interpolation: { escapeValue: false } })
  for (const language of languages) texts[language] = i18next.getFixedT(language)
})

const say = (language: string, remark: Partial<Remark>) => remarkWords({ t: texts[language]!, language }, { code: 'vm.paused-asked', message: 'm', about: null, ...remark })

describe.each(languages)('in %s', (language) => {
  test.each(codes)('%s has words, and names each value that the contract gives it', (code) => {
    const [noun, state] = code.split('.') as [string, string]
    const words = locales[language]!.remark[noun]?.[state]
    expect(words, `add remark.${code} to renderer/locales/${language}.json`).toMatch(/\p{L}/u)
    expect([...(words ?? '').matchAll(/\{\{(\w+)\}\}/g)].map(([, slot]) => slot!).toSorted()).toEqual([...remarkTable[code]].toSorted())
    const about = Object.fromEntries(remarkTable[code].map((slot) => [slot, `<${slot}>`]))
    const { title, detail } = say(language, { code, about })
    for (const value of Object.values(about)) expect(title).toContain(value)
    expect(title).not.toContain('{{')
    expect(detail).toBe('m')
  })

  test('no words are left of codes that there are no more', () => {
    const known = Object.entries(locales[language]!.remark).flatMap(([noun, states]) => Object.keys(states).map((state) => `${noun}.${state}`))
    expect(known.toSorted()).toEqual([...codes].toSorted())
  })
})

test('no code is that of an error too: a remark may be an error’s', () => {
  expect(codes.filter((code) => Object.hasOwn(errorTable, code))).toEqual([])
  expect(say('ko', { code: 'wait.timeout', about: { seconds: 10 } }).title).toBe('10초가 지나도 응답이 없습니다')
})

test.each(['moon.landed', 'toString', '__proto__', ''])('"%s" of an engine of another version has its own words alone', (code) => {
  expect(say('ko', { code })).toEqual({ title: null, detail: 'm' })
})

test('a remark that lacks a value has its own words alone; values are text', () => {
  expect(say('ko', { code: 'port.closed', about: {} }).title).toBeNull()
  expect(say('en', { code: 'port.closed', about: { port: '{{message}} $t(common.copy) <b>' } }).title).toBe('Port {{message}} $t(common.copy) <b> is not open')
})
