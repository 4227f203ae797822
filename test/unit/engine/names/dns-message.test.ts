import { describe, expect, it } from 'vitest'
import { encodeAnswer, fitUdp, isReplyTo, parseQuestion } from '#engine/names/dns-message.ts'
import { query, replyTo } from '../../../fixtures/dns/dns-server.ts'

function questionOf(asked: Buffer): NonNullable<ReturnType<typeof parseQuestion>> {
  const question = parseQuestion(asked)
  if (!question) throw new Error('no question')
  return question
}

describe('a query', () => {
  it('gives its name, type and how long a reply may be', () => {
    expect(parseQuestion(query('Registry.Example', 28))).toMatchObject({ name: 'Registry.Example', type: 28, class: 1, udpBytes: 512, hasEdns: false })
    expect(parseQuestion(query('a.b', 1, { edns: 1232 }))).toMatchObject({ udpBytes: 1232, hasEdns: true })
    expect(parseQuestion(query('', 2))).toMatchObject({ name: '', type: 2 })
  })

  it('that is cut short, a reply, a pointer or no single question is none', () => {
    const whole = query('registry.example', 1)
    for (let length = 0; length < whole.length; length++) expect(parseQuestion(whole.subarray(0, length))).toBeUndefined()
    expect(parseQuestion(replyTo(whole, 0))).toBeUndefined()
    expect(parseQuestion(Buffer.concat([whole.subarray(0, 12), Buffer.from([0xc0, 12, 0, 1, 0, 1])]))).toBeUndefined()
    const two = Buffer.from(whole)
    two[5] = 2
    expect(parseQuestion(two)).toBeUndefined()
  })

  it('of random bytes never throws', () => {
    for (let seed = 1; seed < 3000; seed++) {
      const bytes = Buffer.from(Array.from({ length: seed % 80 }, (_, i) => (seed * 2_654_435_761 * (i + 1)) >>> 24))
      if (bytes.length > 5) bytes.set([1, 0, 0, 1], 2)
      expect(() => parseQuestion(bytes)).not.toThrow()
    }
  })
})

describe('a reply', () => {
  it('that is too long for UDP keeps question and code and says so', () => {
    const asked = query('many.example', 1)
    const question = questionOf(asked)
    const long = encodeAnswer(asked, question, { code: 0, addresses: Array.from({ length: 60 }, (_, i) => Buffer.from([10, 0, 0, i])) })
    const short = fitUdp(long, asked, question)
    expect(short.length).toBeLessThanOrEqual(512)
    expect((short[2] ?? 0) & 0x02).toBe(0x02)
    expect(fitUdp(long, asked, { ...question, udpBytes: 4096 })).toBe(long)
  })

  it('belongs to a query only with its id and question', () => {
    const asked = query('one.example', 1)
    const question = questionOf(asked)
    expect(isReplyTo(replyTo(asked, 0), asked, question)).toBe(true)
    expect(isReplyTo(replyTo(query('two.example', 1), 0), asked, question)).toBe(false)
    expect(isReplyTo(replyTo(query('one.example', 1, { id: 1 }), 0), asked, question)).toBe(false)
    expect(isReplyTo(asked, asked, question)).toBe(false)
  })
})
