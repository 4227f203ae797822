/** The one question of a DNS query, RFC 1035 4.1. */
export interface Question {
  /** With dots, without the last one, as spelt by the asker; '' is the root. */
  name: string
  type: number
  class: number
  /** Where the question section ends in the message. */
  end: number
  /** The longest reply the asker takes by UDP; RFC 6891 6.2.3. */
  udpBytes: number
  hasEdns: boolean
}

export const recordType = { A: 1, AAAA: 28, OPT: 41 } as const
export const responseCode = { noError: 0, serverFailure: 2, nameError: 3 } as const
/** Class IN, the Internet's. */
export const classInternet = 1

const headerBytes = 12
const plainUdpBytes = 512

/** The question of a query; undefined when the message is none, or asks not exactly one. Messages come from containers. */
export function parseQuestion(query: Buffer): Question | undefined {
  if (query.length < headerBytes || (query.readUInt16BE(2) & 0x8000) !== 0 || query.readUInt16BE(4) !== 1) return undefined
  const labels: string[] = []
  let at = headerBytes
  for (;;) {
    const length = query[at]
    if (length === undefined || length > 63 || at + 1 + length > query.length) return undefined
    if (length === 0) break
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const end = at + 5
  if (end > query.length || at - headerBytes > 254) return undefined
  const edns = ednsBytes(query, end)
  return {
    name: labels.join('.'),
    type: query.readUInt16BE(at + 1),
    class: query.readUInt16BE(at + 3),
    end,
    udpBytes: Math.max(plainUdpBytes, edns ?? 0),
    hasEdns: edns !== undefined,
  }
}

/** The size in an OPT record that follows the question directly, as in every query of a stub resolver. */
function ednsBytes(query: Buffer, at: number): number | undefined {
  if (query.length < at + 11 || query[at] !== 0 || query.readUInt16BE(at + 1) !== recordType.OPT) return undefined
  return query.readUInt16BE(at + 3)
}

/** What an answer of our own says. */
export interface Answer {
  code: number
  /** Addresses as bytes, 4 of an A or 16 of an AAAA record. */
  addresses?: readonly Buffer[]
  ttlSeconds?: number
}

/** A reply to a query, its question and EDNS kept; RFC 1035 4.1.1, RFC 6891 7. */
export function encodeAnswer(query: Buffer, question: Question, { code, addresses = [], ttlSeconds = 0 }: Answer): Buffer {
  const head = Buffer.from(query.subarray(0, question.end))
  // A response that repeats opcode and "recursion desired", and says that recursion is available.
  head.writeUInt16BE(0x8080 | (query.readUInt16BE(2) & 0x7900) | code, 2)
  head.writeUInt16BE(addresses.length, 6)
  head.writeUInt16BE(0, 8)
  head.writeUInt16BE(question.hasEdns ? 1 : 0, 10)
  const records = addresses.map((address) => {
    const record = Buffer.alloc(12)
    // The name is the question's, which begins right after the header.
    record.writeUInt16BE(0xc000 | headerBytes, 0)
    record.writeUInt16BE(question.type, 2)
    record.writeUInt16BE(classInternet, 4)
    record.writeUInt32BE(ttlSeconds, 6)
    record.writeUInt16BE(address.length, 10)
    return Buffer.concat([record, address])
  })
  const opt = question.hasEdns ? [Buffer.from([0, 0, recordType.OPT, 0x04, 0xd0, 0, 0, 0, 0, 0, 0])] : []
  return Buffer.concat([head, ...records, ...opt])
}

/** The reply for an asker by UDP: one that is too long says "ask again by TCP" instead; RFC 2181 9. */
export function fitUdp(reply: Buffer, query: Buffer, question: Question): Buffer {
  if (reply.length <= question.udpBytes) return reply
  const short = encodeAnswer(query, question, { code: (reply[3] ?? 0) & 0x0f })
  short.writeUInt16BE(short.readUInt16BE(2) | 0x0200, 2)
  return short
}

/** Whether a reply belongs to a query: a response with the same id and question. */
export function isReplyTo(reply: Buffer, query: Buffer, question: Question): boolean {
  if (reply.length < headerBytes || (reply.readUInt16BE(2) & 0x8000) === 0 || reply.readUInt16BE(0) !== query.readUInt16BE(0)) return false
  // A server that failed may leave the question out.
  if (reply.readUInt16BE(4) === 0) return (reply.readUInt16BE(2) & 0x0f) !== 0
  return reply.subarray(headerBytes, question.end).equals(query.subarray(headerBytes, question.end))
}
