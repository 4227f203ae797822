import { CoveError } from '#contract/errors.ts'
import type { TransferItem } from '#contract/transfer.ts'
import type { DockerObjects } from '../docker/docker-objects.ts'
import { DockerRefusal } from '../docker/docker-request.ts'
import { counted } from './counted.ts'
import type { GuestVolumes } from './guest-volumes.ts'
import type { VolumeReach } from './volume-reach.ts'
import { isElsewhere, runningUsers } from './inventory.ts'
import type { TransferJournal } from './journal.ts'
import type { OfferedVolume } from './offer.ts'
import type { Report } from './report.ts'

/** Where volumes are made and filled. */
export interface VolumeTarget {
  docker: DockerObjects
  reach: VolumeReach
  guest: GuestVolumes
  journal: TransferJournal
  signal: AbortSignal
}

interface Work {
  item: TransferItem
  target: VolumeTarget
  report: Report
}

/** Fills a volume of another name, and gives it to the one that was asked for only once all of it is there. */
export async function importVolume(offer: OfferedVolume, { item, target, report }: Work): Promise<TransferItem> {
  const { docker, reach, guest, journal, signal } = target
  const name = item.as ?? item.name
  const isReplaced = item.action === 'replace'
  if (!offer.open) {
    await makeWay(docker, name, { isReplaced, keepsPlain: false })
    await docker.createVolume({ Name: name, Driver: 'local', DriverOpts: offer.options, Labels: offer.labels })
    return item
  }
  if (isReplaced) await requireUnused(docker, name)
  const temporary = await reach.createTemporary()
  await reach.write(temporary, counted(offer.open(signal), (bytes) => report.moved(`volume ${name}`, bytes)))
  // Filling takes its time, in which the volume may have been made or mounted.
  const isNew = await makeWay(docker, name, { isReplaced, keepsPlain: true })
  await journal.note({ volume: name, isNew })
  if (isNew) await docker.createVolume({ Name: name, Driver: 'local', DriverOpts: {}, Labels: offer.labels })
  await guest.takeOver(name, { from: temporary, origin: offer.origin })
  await journal.note({ volume: null, isNew: false })
  await docker.removeVolume(temporary)
  return item
}

/** Sees to it that a volume can be made, or (`keepsPlain`) that the one there can be given other contents; whether it must be made. */
async function makeWay(docker: DockerObjects, name: string, { isReplaced, keepsPlain }: { isReplaced: boolean; keepsPlain: boolean }): Promise<boolean> {
  const present = await docker.volume(name)
  if (!present) return true
  if (!isReplaced) {
    throw new CoveError('transfer.conflict', { message: `volume "${name}" was made while its contents were imported`, hint: 'Repeat the import: it goes on with what is missing.' })
  }
  await requireUnused(docker, name)
  if (keepsPlain && !isElsewhere(present) && present.Driver === 'local') return false
  await removeVolume(docker, name)
  return true
}

/** @throws CoveError `transfer.in-use`. */
async function requireUnused(docker: DockerObjects, name: string): Promise<void> {
  const users = runningUsers(await docker.containers({ volume: [name] }), name)
  if (users.length === 0) return
  throw new CoveError('transfer.in-use', { message: `volume "${name}" cannot be replaced: ${users.map((user) => `"${user}"`).join(', ')} uses it`, hint: `Stop it first: docker stop ${users.join(' ')}` })
}

async function removeVolume(docker: DockerObjects, name: string): Promise<void> {
  await docker.removeVolume(name).catch((error: unknown) => {
    if (!(error instanceof DockerRefusal)) throw error
    throw new CoveError('transfer.in-use', { message: `volume "${name}" cannot be replaced: ${error.message}`, hint: 'Remove the containers that use it, then try again.', cause: error })
  })
}
