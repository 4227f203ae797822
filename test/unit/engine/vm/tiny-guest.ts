import { mkdirSync, mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Logger, silentLogger } from '#base/log.ts'
import { type CovePaths, covePaths } from '#base/paths.ts'
import { identifyProcess, isSameProcessAlive, type ProcessIdentity } from '#base/process-identity.ts'
import type { Vm, VmDriver, VmSpec } from '#engine/vm/driver.ts'
import { generateOpenSshKeyPair } from '#engine/vm/openssh-key.ts'
import { createQemuDriver } from '#engine/vm/qemu-driver.ts'

/** What the tiny guest says on its serial console before it does what it is for. */
export const greeting = 'tiny guest runs'

/**
 * A multiboot kernel of some 100 bytes (Multiboot 0.6.96, address fields): says its greeting, then halts for ever or
 * powers off through q35's ACPI register. It knows nothing of the control port, like a guest that hangs.
 */
export function tinyKernel(then: 'halt' | 'power-off'): Buffer {
  const base = 0x100000
  const header = Buffer.alloc(32)
  const flags = 0x1_0000
  const words = [0x1bad_b002, flags, -(0x1bad_b002 + flags) >>> 0, base, base, 0, 0, base + 32]
  words.forEach((word, index) => header.writeUInt32LE(word >>> 0, index * 4))
  // lodsb; test al, al; jz +7; mov dx, 0x3f8; out dx, al; jmp -12
  const print = Buffer.from([0xac, 0x84, 0xc0, 0x74, 0x07, 0x66, 0xba, 0xf8, 0x03, 0xee, 0xeb, 0xf4])
  // mov dx, 0x604; mov ax, 0x2000; out dx, ax
  const powerOff = Buffer.from(then === 'halt' ? [] : [0x66, 0xba, 0x04, 0x06, 0x66, 0xb8, 0x00, 0x20, 0x66, 0xef])
  const halt = Buffer.from([0xfa, 0xf4, 0xeb, 0xfd])
  const text = Buffer.from(`${greeting}\r\n\0`)
  const load = Buffer.alloc(5)
  load[0] = 0xbe // mov esi, text
  load.writeUInt32LE(base + header.length + load.length + print.length + powerOff.length + halt.length, 1)
  return Buffer.concat([header, load, print, powerOff, halt, text])
}

/** A private COVE_HOME with a driver and a tiny guest; everything it started is gone after disposal. */
export interface TinyVm extends AsyncDisposable {
  home: string
  paths: CovePaths
  driver: VmDriver
  spec: VmSpec
  start(changes?: Partial<VmSpec>): Promise<Vm>
  attach(): Promise<Vm | undefined>
}

/** Sets up a home whose name has all that breaks quoting: a space, a comma and a letter outside ASCII. */
export function tinyVm(then: 'halt' | 'power-off' = 'halt', log: Logger = silentLogger): TinyVm {
  const dir = mkdtempSync(join(tmpdir(), 'cove-vm-'))
  const paths = covePaths(join(dir, 'a, ü'))
  mkdirSync(paths.home, { mode: 0o700 })
  const driver = createQemuDriver({ paths, log })
  const spec = tinySpec(dir, then)
  const started: ProcessIdentity[] = []
  return {
    home: paths.home,
    paths,
    driver,
    spec,
    start: async (changes = {}) => {
      const vm = await driver.start({ ...spec, ...changes }, new AbortController().signal)
      const identity = await identifyProcess(vm.pid)
      if (identity) started.push(identity)
      return vm
    },
    attach: () => driver.attach(new AbortController().signal),
    [Symbol.asyncDispose]: async () => {
      for (const identity of started) {
        if (await isSameProcessAlive(identity)) process.kill(identity.pid, 'SIGKILL')
      }
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function tinySpec(dir: string, then: 'halt' | 'power-off'): VmSpec {
  const kernel = join(dir, 'kernel')
  const empty = join(dir, 'empty')
  writeFileSync(kernel, tinyKernel(then))
  writeFileSync(empty, Buffer.alloc(4096))
  const image = { dir, kernel, initrd: empty, root: empty, recipe: 'tiny', kernelVersion: 'none', dockerVersion: 'none', verified: Promise.resolve() }
  const [host, client] = [generateOpenSshKeyPair('t'), generateOpenSshKeyPair('t')]
  const identity = { hostPrivateKey: host.privateKey, hostPublicKey: host.publicKey, clientPrivateKey: client.privateKey, clientPublicKey: client.publicKey }
  return { cpus: 1, memoryMiB: 64, accelerator: 'tcg', program: '', image, dataDiskBytes: 4 * 1024 ** 3, sshPort: 0, identity, guestFiles: {} }
}

/** Resolves once a file holds a text; the test's own time limit bounds it. */
export async function fileToHold(path: string, text: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const look = (): void => void readFile(path, 'utf8').then((content) => content.includes(text) && resolve(), reject)
  const watcher = watch(path, look)
  look()
  await promise.finally(() => watcher.close())
}
