import type { Selection } from '#contract/transfer.ts'
import { flag } from '../declare.ts'
import { usageError } from '../usage.ts'
import { valueOption } from '../values.ts'

const names = (kind: string) =>
  valueOption('names', { summary: `${kind} by name, several with commas; * stands for any text`, parse: parseNames })

/** The options that say what an export or import is about; without any it is everything. */
export const selectionOptions = {
  images: names('images'),
  volumes: names('volumes'),
  networks: names('networks'),
  projects: valueOption('names', { summary: 'Compose projects with their volumes, networks and images', parse: parseNames }),
  settings: flag("Cove's settings, and Docker's options of yours (cove daemon)"),
}

/** The values of those options. */
export interface SelectionValues {
  images: string[] | undefined
  volumes: string[] | undefined
  networks: string[] | undefined
  projects: string[] | undefined
  settings: boolean | undefined
}

/** What was asked for: everything, unless something was named. */
export function selectionOf({ images, volumes, networks, projects, settings }: SelectionValues): Selection {
  const isAll = [images, volumes, networks, projects, settings].every((value) => value === undefined)
  const rest = isAll ? ['*'] : []
  return { images: images ?? rest, volumes: volumes ?? rest, networks: networks ?? rest, projects: projects ?? rest, settings: settings ?? isAll }
}

function parseNames(text: string): string[] {
  const parts = text.split(',').map((name) => name.trim())
  if (parts.every((name) => name !== '')) return parts
  throw usageError(`"${text}" is not a list of names`, { otherwise: 'Give names with commas between them, or * for all.' })
}
