import type { OptionsFile } from '../registries/options-file.ts'

/** Docker's options of the user's own, to be read and to be replaced; Docker is asked about new ones before it gets them. */
export type KeptOptions = Pick<OptionsFile, 'text' | 'propose'>
