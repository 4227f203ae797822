import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'vitest'
import { op } from '#engine/shares/fuse/protocol.ts'
import { checkout } from '#scripts/guest/recipe.ts'
import { compilerFlags } from '#scripts/guest/supervisor.ts'
import { tempDir } from '../../base/temp-dir.ts'
import { bigs, nul, numbers } from '../../engine/shares/kernel-records.ts'

const shares = join(checkout, 'resources', 'guest', 'shares')
export const [root, folder, file, other] = [1, 2, 3, 4] as const

/** The guest's share program without a machine: what it knows of files, asked by messages. */
export interface KnownFiles extends AsyncDisposable {
  /** What the program says to each question, a line each. */
  say(...messages: Buffer[]): string[]
}

export function knownFiles(): KnownFiles {
  const dir = tempDir()
  const checked = ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all']
  const sources = ['known.c', 'listings.c'].map((name) => join(shares, name))
  const made = spawnSync('gcc', [...compilerFlags, ...checked, `-I${shares}`, '-o', dir.at('harness'), join(import.meta.dirname, 'shares-harness.c'), ...sources], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(made.stderr)
  return {
    say: (...messages) => {
      const { stdout, stderr, status } = spawnSync(dir.at('harness'), { input: Buffer.concat(messages), encoding: 'utf8' })
      expect(stderr).toBe('')
      expect(status).toBe(0)
      return stdout.trim().split('\n')
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  }
}

export function message(letter: string, { request = Buffer.alloc(0), reply = Buffer.alloc(0), mount = 0 }: { request?: Buffer; reply?: Buffer; mount?: number }): Buffer {
  return Buffer.concat([numbers(letter.charCodeAt(0), mount, request.length, reply.length), request, reply])
}

export function request(opcode: number, node: number, body: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([numbers(40 + body.length, opcode), bigs(7, node), numbers(0, 0, 0, 0), body])
}

const reply = (data: Buffer = Buffer.alloc(0), errno = 0): Buffer => Buffer.concat([numbers(16 + data.length, -errno), bigs(7), data])
/** struct fuse_attr of which a size is all that counts here. */
const attr = (size: number): Buffer => Buffer.concat([bigs(9, size), Buffer.alloc(72)])
export const entry = (node: number, size: number, seconds = 3600): Buffer => Buffer.concat([bigs(node, 1, 3600, seconds), numbers(0, 0), attr(size)])
export const attributes = (size: number, seconds = 3600): Buffer => Buffer.concat([bigs(seconds), numbers(0, 0), attr(size)])
/** struct fuse_direntplus. */
export function record(node: number, name: string, size: number): Buffer {
  const data = Buffer.concat([entry(node, size), bigs(9, 5), numbers(name.length, 8), Buffer.from(name)])
  return Buffer.concat([data, Buffer.alloc(-data.length & 7)])
}

export const asked = (opcode: number, node: number, body?: Buffer): Buffer => message('a', { request: request(opcode, node, body) })
export function answered(opcode: number, node: number, { body, data, errno }: { body?: Buffer; data?: Buffer; errno?: number }): Buffer {
  return message('r', { request: request(opcode, node, body), reply: reply(data, errno) })
}
export const lookedUp = (parent: number, name: string, data: Buffer): Buffer => answered(op.lookup, parent, { body: nul(name), data })
export const told = (code: number, body: Buffer): Buffer => message('n', { request: Buffer.concat([numbers(16 + body.length, code), bigs(0), body]) })
export const aboutNode = (node: number): Buffer => Buffer.concat([bigs(node), bigs(0, 0)])
export const aboutName = (parent: number, name: string): Buffer => Buffer.concat([bigs(parent), numbers(name.length, 0), nul(name)])
