import { describe, expect, test } from 'vitest'
import { phaseOf } from '#contract/phase.ts'
import { Settings, type SettingEntry } from '#contract/setting.ts'
import { entryOf } from '#engine/settings/setting-values.ts'
import { addChunks, maxLines, readable, toneOfLine, type LogLine } from '#renderer/screens/trouble/log-lines.ts'
import { controlKind } from '#renderer/screens/settings/control-kind.ts'
import { can, toneOf } from '#renderer/ui/life.ts'
import { readSearch } from '#renderer/ui/read-search.ts'
import { formatAgo, formatBytes, formatDuration } from '#renderer/ui/format.ts'

describe('log lines', () => {
  test('are numbered over chunks, and the oldest go', () => {
    const first = addChunks([], ['a\nb\n', 'c\n'])
    expect(first.map(({ number, text }) => `${number}${text}`)).toEqual(['1a', '2b', '3c'])
    const many = addChunks(first, ['x\n'.repeat(maxLines)])
    expect(many).toHaveLength(maxLines)
    expect(many.at(-1)).toEqual({ number: maxLines + 3, text: 'x' } satisfies LogLine)
  })

  test('show no colour codes, no bells and no text that runs backwards', () => {
    expect(readable('\u001b[1;31mred\u001b[0m \u001b]0;title\u0007end\r')).toBe('red end')
    expect(readable('a\u0007b\u202ec')).toBe('a␇bc'.replace('bc', `b${String.fromCharCode(0x2400 + (0x202e % 32))}c`))
    expect(readable('x'.repeat(1_000_000))).toHaveLength(4000)
  })

  test('say how grave they are', () => {
    expect([toneOfLine('2026 error engine: x'), toneOfLine('kernel panic'), toneOfLine('warn low'), toneOfLine('all fine')]).toEqual(['bad', 'bad', 'warn', undefined])
  })

  test('are searched by words or by a pattern', () => {
    expect(readSearch('').pattern).toBeUndefined()
    expect(readSearch('a.b').pattern?.test('A.B')).toBe(true)
    expect(readSearch('a.b').pattern?.test('axb')).toBe(false)
    expect(readSearch('/a.b/').pattern?.test('axb')).toBe(true)
    expect(readSearch('/a(').isBroken).toBe(true)
  })
})

describe('controls', () => {
  const kind = (name: keyof Settings): unknown => controlKind(entryOf(name, Settings.parse({}), false))

  test('follow from what the contract allows', () => {
    expect(kind('vm.cpus')).toEqual({ type: 'number', minimum: 1, maximum: 256 })
    expect(kind('tunnel.port')).toEqual({ type: 'number', minimum: 0, maximum: 65535 })
    expect(kind('vm.accelerator')).toEqual({ type: 'choice', options: ['auto', 'kvm', 'hvf', 'whpx', 'tcg'] })
    expect(kind('desktop.startVm')).toEqual({ type: 'switch' })
    expect(kind('vm.qemu')).toEqual({ type: 'text' })
  })

  test('of settings that a newer engine has go by the value', () => {
    const entry = (value: SettingEntry['value']): SettingEntry => ({ name: 'new.one', value, default: value, isSet: false, needsRestart: false, description: '' })
    expect([entry(true), entry(['a']), entry(3), entry('x')].map((each) => controlKind(each).type)).toEqual(['switch', 'list', 'number', 'text'])
  })
})

test('start and stop are offered where they mean something', () => {
  expect(can('starting')).toMatchObject({ start: false, stop: true, sleep: false })
  expect(can('failed')).toMatchObject({ start: true, stop: false, wake: false })
  expect([can('stopping'), can(undefined)].flatMap((each) => Object.values(each)).some(Boolean)).toBe(false)
  expect(can('sleeping')).toMatchObject({ wake: true, stop: true, sleep: false })
})

test('on its way to sleep Docker is not called asleep', () => {
  expect([phaseOf({ state: 'sleeping', step: 'save' }), phaseOf({ state: 'sleeping', step: null }), phaseOf({ state: 'running', step: null })]).toEqual(['fallingAsleep', 'sleeping', 'running'])
  expect([toneOf('fallingAsleep'), toneOf('sleeping'), toneOf(undefined)]).toEqual(['busy', 'calm', 'calm'])
})

test('figures are written as people of each language read them', () => {
  expect([0, 1023, 1536, 5 * 1024 ** 3, 200 * 1024 ** 2].map((bytes) => formatBytes(bytes, 'en'))).toEqual(['0 B', '1,023 B', '1.5 KiB', '5.0 GiB', '200 MiB'])
  expect([340, 4210, 185_000, 7_800_000].map((ms) => formatDuration(ms, 'en'))).toEqual(['340 ms', '4.2 sec', '3 min 5 sec', '2 hr 10 min'])
  const now = Date.UTC(2026, 10, 22, 12)
  expect([1000, 120_000, 3_700_000, 90_000_000].map((ms) => formatAgo(now - ms, now, 'en'))).toEqual(['now', '2 minutes ago', '1 hour ago', 'yesterday'])
  expect(formatAgo(now - 120_000, now, 'ko')).toBe('2분 전')
})
