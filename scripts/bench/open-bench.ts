import { join } from 'node:path'
import { dockerOn } from './reference/reference-vm.ts'
import { prepareReference, type ReferenceImage } from './reference/build.ts'
import { layOver } from './reference/disk-image.ts'
import { type Bench, smallImage, smallImageFile } from './bench.ts'
import { CoveHome } from './cove-home.ts'
import { readMachine } from './machine.ts'
import { pause } from './pause.ts'

/** What the sections share, ready: Cove has been started once, so that no boot that counts is a first one. */
export async function openBench(given: Pick<Bench, 'folder' | 'docker' | 'say' | 'runs' | 'isQuick'>): Promise<Bench & AsyncDisposable> {
  const cove = await CoveHome.make()
  try {
    given.say('a first start of Cove, which does not count')
    await cove.run(['start', '--wait'])
    const { vm } = await cove.status()
    if (!vm) throw new Error('no vm runs after `cove start`')
    const machine = await readMachine(vm.pid)
    await untilImage(cove, given.docker)
    await dockerOn(cove.paths.dockerSocket, given.docker, ['save', '-o', smallImageFile(given.folder), smallImage])
    let reference: Promise<ReferenceImage> | undefined
    return {
      ...given,
      cove,
      machine,
      reference: () => (reference ??= prepare()),
      [Symbol.asyncDispose]: () => cove[Symbol.asyncDispose](),
    }

    /** One vm at a time: the first boot of a reference that is built now would share the processors with Cove's. */
    async function prepare(): Promise<ReferenceImage> {
      await cove.endEngine()
      const image = await prepareReference({ machine, say: given.say })
      const disk = join(given.folder, 'reference.qcow2')
      await layOver(image.disk, disk)
      return { ...image, disk }
    }
  } catch (error) {
    await cove[Symbol.asyncDispose]()
    throw error
  }
}

const imageLimitMs = 120_000

/** The guest loads its own image once, after Docker answers for the first time. */
async function untilImage({ paths }: CoveHome, docker: string): Promise<void> {
  const deadline = performance.now() + imageLimitMs
  while ((await dockerOn(paths.dockerSocket, docker, ['images', '-q', smallImage])) === '') {
    if (performance.now() > deadline) throw new Error(`the guest did not load ${smallImage} within ${imageLimitMs / 1000} s`)
    await pause(250)
  }
}
