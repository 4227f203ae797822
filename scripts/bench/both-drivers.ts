import type { ShareEntry } from '#contract/share.ts'
import type { CoveHome } from './cove-home.ts'

/** Two folders of this computer, each to be had in its way. */
export interface FolderPair {
  /** By Cove's own file server. */
  own: string
  /** By virtiofs, which a vm has from its start on. */
  virtiofs: string
}

/** Boots a vm that has both folders. @returns why it has none by virtiofs; undefined when it has. */
export async function startWithBoth(cove: CoveHome, { own, virtiofs }: FolderPair): Promise<string | undefined> {
  await cove.run(['config', 'set', 'share.driver', 'virtiofs'])
  await cove.run(['config', 'set', 'share.folders', virtiofs])
  await cove.run(['restart'])
  const { warnings } = await cove.status()
  // What is added to a vm that runs comes by Cove's own.
  await cove.run(['share', 'add', own])
  const drivers = await driversOf(cove)
  if (drivers.get(own) !== 'cove') throw new Error(`"${own}" is shared by ${drivers.get(own) ?? 'nothing'}`)
  return drivers.get(virtiofs) === 'virtiofs' ? undefined : (warnings.find((warning) => warning.includes('virtiofs')) ?? 'the vm does not say why')
}

/** The settings as they were, and no vm that has them otherwise. */
export async function endBoth(cove: CoveHome): Promise<void> {
  await cove.run(['stop'])
  for (const name of ['share.driver', 'share.folders']) await cove.run(['config', 'unset', name])
}

async function driversOf(cove: CoveHome): Promise<Map<string, string>> {
  const entries = JSON.parse(await cove.run(['share', 'list', '--json'])) as ShareEntry[]
  return new Map(entries.filter(({ state }) => state === 'mounted').map(({ path, driver }) => [path, driver]))
}
