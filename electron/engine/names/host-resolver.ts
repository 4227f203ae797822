import { Resolver } from 'node:dns'
import { isIPv4, SocketAddress } from 'node:net'
import { type Asked, askServers, type Transport } from './ask-servers.ts'
import { classInternet, encodeAnswer, fitUdp, parseQuestion, type Question, recordType, responseCode } from './dns-message.ts'
import { HostLookup } from './host-lookup.ts'
import { isInHostsFile } from './hosts-file.ts'
import type { OwnNames } from './own-names.ts'

/** The host's loopback as the guest reaches it, through QEMU's user network. */
export const hostAddress = '10.0.2.2'

/** Short: the host itself caches, and its answers change with every VPN. */
const ttlSeconds = 5
const serversKeptMs = 5000

/** Where answers come from; tests bring their own. */
export interface ResolverSources {
  lookup?: HostLookup
  /** In the form of `dns.getServers()`. */
  servers?: () => readonly string[]
  isInHostsFile?: (name: string) => Promise<boolean>
  /** What the user wants otherwise than this computer has it, asked at each question. */
  own?: () => OwnNames
}

const nothingOwn: OwnNames = { servers: [], hosts: new Map() }

/** Answers DNS queries of containers as the host itself would be answered, or as the user's settings say. */
export class HostResolver {
  readonly #lookup: HostLookup
  readonly #readServers: () => readonly string[]
  readonly #isInHostsFile: (name: string) => Promise<boolean>
  readonly #own: () => OwnNames
  #servers: { list: readonly string[]; until: number } | undefined

  constructor({ lookup, servers, isInHostsFile: isListed, own }: ResolverSources = {}) {
    this.#lookup = lookup ?? new HostLookup()
    // A new one each time: an old one goes on with the servers of its first day.
    this.#readServers = servers ?? (() => new Resolver().getServers())
    this.#isInHostsFile = isListed ?? isInHostsFile
    this.#own = own ?? (() => nothingOwn)
  }

  /** The reply to a query; undefined when it is none we understand or too many wait: then others are to be asked. */
  async resolve(query: Buffer, transport: Transport): Promise<Buffer | undefined> {
    const question = parseQuestion(query)
    if (!question) return undefined
    const asked = { query, question, transport }
    const reply = hasAddresses(question) ? await this.#resolveAddresses(asked) : await this.#pass(asked, responseCode.serverFailure)
    return reply && transport === 'udp' ? fitUdp(reply, query, question) : reply
  }

  /** Forgets what was answered: the host's configuration changed. */
  forget(): void {
    this.#lookup.forget()
    this.#servers = undefined
  }

  async #resolveAddresses(asked: Asked): Promise<Buffer | undefined> {
    const { question } = asked
    const { servers, hosts } = this.#own()
    const own = hosts.get(question.name.toLowerCase())
    if (own) return answer(asked, own.map((address) => (isLoopback(address) ? hostAddress : address)))
    // This computer's hosts file holds all the same: its names are its owner's too.
    if (servers.length > 0 && !(await this.#isInHostsFile(question.name))) return await this.#pass(asked, responseCode.serverFailure)
    const outcome = await this.#lookup.lookup(question.name)
    if (outcome === undefined) return undefined
    // Servers tell "no such name" from "no such record", which getaddrinfo does not.
    if (outcome === 'none') return await this.#pass(asked, responseCode.nameError)
    if (outcome === 'failed') return await this.#pass(asked, responseCode.serverFailure)
    return answer(asked, await this.#seenFromGuest(question.name, outcome.map(({ address }) => address)))
  }

  /** A name that the hosts file gives to this machine means the host, whose loopback has another address in the guest. */
  async #seenFromGuest(name: string, addresses: readonly string[]): Promise<readonly string[]> {
    if (!addresses.every(isLoopback) || /(^|\.)localhost$/i.test(name)) return addresses
    return (await this.#isInHostsFile(name)) ? [hostAddress] : addresses
  }

  async #pass(asked: Asked, otherwise: number): Promise<Buffer> {
    return await askServers(asked, this.#presentServers()).catch(() => encodeAnswer(asked.query, asked.question, { code: otherwise }))
  }

  #presentServers(): readonly string[] {
    const own = this.#own().servers
    if (own.length > 0) return own
    const now = performance.now()
    if (!this.#servers || this.#servers.until < now) this.#servers = { list: this.#readServers(), until: now + serversKeptMs }
    return this.#servers.list
  }
}

/** Whether getaddrinfo can answer: an address is asked for, of what is a name to it and not an address already. */
function hasAddresses({ name, type, class: asked }: Question): boolean {
  if (asked !== classInternet || (type !== recordType.A && type !== recordType.AAAA)) return false
  return /^[\w-]+(\.[\w-]+)*$/.test(name) && !/(^|\.)(\d+|0x[\da-f]*)$/i.test(name)
}

/** Those of the family that was asked for. */
function answer({ query, question }: Asked, addresses: readonly string[]): Buffer {
  const wanted = addresses.filter((address) => isIPv4(address) === (question.type === recordType.A))
  return encodeAnswer(query, question, { code: responseCode.noError, addresses: wanted.map(addressBytes), ttlSeconds })
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  // Node writes the address out in its canonical form; a zone has no place in a record.
  const { address: text } = new SocketAddress({ address: address.replace(/%.*$/, ''), family: 'ipv6' })
  const [head = '', tail] = dottedToGroups(text).split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
  return Buffer.from(groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]))
}

/** `::ffff:1.2.3.4` with its last four bytes as groups. */
function dottedToGroups(text: string): string {
  return text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...bytes: string[]) => {
    const [a, b, c, d] = bytes.map(Number) as [number, number, number, number]
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
}
