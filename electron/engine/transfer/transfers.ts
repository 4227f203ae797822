import { createHash } from 'node:crypto'
import { CoveError, toCoveError } from '#contract/errors.ts'
import type { ConflictPolicy, Selection, TransferEvent, TransferPlan, TransferSource } from '#contract/transfer.ts'
import type { Session } from '../life/parts.ts'
import { collectSoon } from '../memory-saver.ts'
import type { EngineParts } from '../parts.ts'
import { openArchiveOrigin } from './archive-origin.ts'
import { planExport, writeExport, type ExportRequest } from './export.ts'
import { carryOut } from './import.ts'
import { itemsOf, planImport, type DockerPresent, type Step } from './import-plan.ts'
import { TransferJournal } from './journal.ts'
import type { KeptOptions } from './kept-options.ts'
import { selectOffers, type Offer, type TransferOrigin } from './offer.ts'
import { openOtherDocker } from './other-docker.ts'
import { reported, type Report } from './report.ts'
import { needsDocker } from './select.ts'
import { Site, tidyUp } from './site.ts'

/** What there is of Docker's when nothing of Docker's is offered. */
const nothing: DockerPresent = { docker: undefined, volumes: new Map(), origins: new Map(), networks: [], architecture: '' }

/** What an import is asked for. */
export interface ImportRequest {
  source: TransferSource
  selection: Selection
  onConflict: ConflictPolicy
}

/** How a transfer is kept. */
export interface TransferOptions {
  /** A task that is remembered already does it. */
  isPartOfTask?: boolean
}

/** Parts of the engine that transfers work with. */
export type TransferParts = Pick<EngineParts, 'paths' | 'log' | 'store' | 'settings' | 'activity'> & { session: (signal: AbortSignal) => Promise<Session>; dockerOptions: KeptOptions }

/** Takes things out of Cove and in; one transfer at a time. */
export class Transfers {
  readonly #parts: TransferParts
  readonly #journal: TransferJournal
  #running: string | undefined

  constructor(parts: TransferParts) {
    this.#parts = parts
    this.#journal = new TransferJournal(parts.paths.transferJournal)
  }

  async planExport(request: ExportRequest, signal: AbortSignal): Promise<TransferPlan> {
    using _awake = this.#parts.activity.hold()
    const site = needsDocker(request.selection) ? await this.#site(signal) : undefined
    return (await planExport({ ...this.#parts, site }, request)).plan
  }

  export(request: ExportRequest & { path: string; overwrite: boolean }, outer?: AbortSignal, options?: TransferOptions): AsyncGenerator<TransferEvent> {
    return this.#alone('export', { outer, ...options }, async (report, signal) => {
      await using site = needsDocker(request.selection) ? await this.#begin(signal) : undefined
      const source = { ...this.#parts, site }
      const written = await writeExport(source, await planExport(source, request), { ...request, report })
      this.#parts.store.addEvent('transfer.exported', { path: request.path, ...written })
      report.end(written.bytes, written.sha256)
    })
  }

  /** Reads an archive to its end; whether the vm runs does not matter. */
  verify(path: string, outer?: AbortSignal): AsyncGenerator<TransferEvent> {
    return reported(async (report, signal) => {
      await using origin = await openArchiveOrigin(path)
      await verifyOffers(origin, origin.offers, { report, signal })
      report.end(0, null)
    }, outer)
  }

  async planImport(request: ImportRequest, signal: AbortSignal): Promise<TransferPlan> {
    using _awake = this.#parts.activity.hold()
    await using opened = await this.#openImport(request, { signal, projectsDir: null })
    return { items: itemsOf(opened.steps), leftOut: opened.origin.leftOut }
  }

  import(request: ImportRequest & { projectsDir: string }, outer?: AbortSignal, options?: TransferOptions): AsyncGenerator<TransferEvent> {
    return this.#alone('import', { outer, ...options }, async (report, signal) => {
      const { projectsDir } = request
      await using opened = await this.#openImport(request, { signal, projectsDir })
      const { steps, origin, site } = opened
      requireNoConflict(steps)
      report.plan({ items: itemsOf(steps), leftOut: origin.leftOut })
      const work = steps.filter((step) => itemsOf([step]).some(({ action }) => action !== 'present' && action !== 'skip'))
      await verifyOffers(origin, work.map(({ offer }) => offer), { report, signal })
      report.phase('copy', bytesOf(work.map(({ offer }) => offer)))
      await carryOut(steps, { ...this.#parts, site: site?.target, projectsDir, signal }, report)
      this.#parts.store.addEvent('transfer.imported', { from: request.source.type, things: itemsOf(work).length })
      report.end(0, null)
    })
  }

  /** Tidies up after a transfer that a killed engine left. */
  async tidy(session: Session, signal: AbortSignal): Promise<void> {
    await tidyUp(session, { ...this.#siteOptions, signal }).catch((error: unknown) => {
      // The next transfer or start tries again: the journal is still there.
      this.#parts.log.warn('cannot tidy up after a transfer', { error: toCoveError(error) })
    })
  }

  get #siteOptions() {
    const owner = createHash('sha256').update(this.#parts.paths.home).digest('hex').slice(0, 16)
    return { owner, journal: this.#journal, log: this.#parts.log }
  }

  /** Docker to look at. @throws CoveError `vm.not-running`. */
  async #site(signal: AbortSignal): Promise<Site> {
    return new Site(await this.#parts.session(signal), { ...this.#siteOptions, signal })
  }

  /** Docker to work with; from here on a cut-off leaves a trace. */
  async #begin(signal: AbortSignal): Promise<Site> {
    if (this.#journal.exists) await tidyUp(await this.#parts.session(signal), { ...this.#siteOptions, signal })
    await this.#journal.note({ volume: null, isNew: false })
    return this.#site(signal)
  }

  /** Everything an import begins with; without a `projectsDir` only to be looked at. */
  async #openImport({ source, selection, onConflict }: ImportRequest, { signal, projectsDir }: { signal: AbortSignal; projectsDir: string | null }): Promise<OpenImport> {
    await using opened = new AsyncDisposableStack()
    const { settings, dockerOptions } = this.#parts
    const other = { selection, signal, owner: this.#siteOptions.owner, ownId: async () => (await this.#site(signal)).docker.info() }
    const origin = opened.use(source.type === 'archive' ? await openArchiveOrigin(source.path) : await openOtherDocker(source, other))
    const offers = selectOffers(origin.offers, selection)
    const isLook = projectsDir === null
    const site = offers.some(({ kind }) => isOfDocker(kind)) ? (isLook ? await this.#site(signal) : opened.use(await this.#begin(signal))) : undefined
    const present = site ? await site.present({ isLook }) : nothing
    const steps = await planImport(offers, { ...present, settings, dockerOptions: await dockerOptions.text(), projectsDir }, onConflict)
    const kept = opened.move()
    return { origin, steps, site, [Symbol.asyncDispose]: () => kept.disposeAsync() }
  }

  /** Runs one transfer that writes; a second one meanwhile is refused. */
  #alone(name: string, { outer, isPartOfTask = false }: TransferOptions & { outer: AbortSignal | undefined }, work: (report: Report, signal: AbortSignal) => Promise<void>): AsyncGenerator<TransferEvent> {
    return reported(async (report, signal) => {
      if (this.#running !== undefined) throw new CoveError('transfer.busy', { message: `another ${this.#running} is under way`, hint: 'Try again when it is done.' })
      this.#running = name
      using _awake = this.#parts.activity.hold()
      const task = isPartOfTask ? undefined : this.#parts.store.startTask(name)
      try {
        await work(report, signal)
        task?.end('done')
      } catch (error) {
        const cause = toCoveError(signal.aborted ? signal.reason : error)
        task?.end(signal.aborted ? 'cancelled' : 'failed', cause.message)
        throw cause
      } finally {
        this.#running = undefined
        collectSoon()
      }
    }, outer)
  }
}

interface OpenImport extends AsyncDisposable {
  /** Undefined when nothing of Docker's is imported. */
  site: Site | undefined
  origin: TransferOrigin
  steps: Step[]
}

async function verifyOffers(origin: TransferOrigin, offers: readonly Offer[], { report, signal }: { report: Report; signal: AbortSignal }): Promise<void> {
  report.phase('verify', bytesOf(offers))
  await origin.verify?.(offers, (what, bytes) => report.moved(what, bytes), signal)
}

function bytesOf(offers: readonly Offer[]): number {
  return offers.reduce((sum, offer) => sum + bytesOfOne(offer), 0)
}

function bytesOfOne(offer: Offer): number {
  if (offer.kind === 'images') return offer.images.reduce((sum, { bytes }) => sum + bytes, 0)
  return offer.kind === 'volume' ? (offer.bytes ?? 0) : 0
}

function isOfDocker(kind: Offer['kind']): boolean {
  return kind === 'images' || kind === 'volume' || kind === 'network'
}

/** @throws CoveError `transfer.conflict`, naming what is in the way. */
function requireNoConflict(steps: readonly Step[]): void {
  const conflicts = itemsOf(steps).filter(({ action }) => action === 'conflict')
  if (conflicts.length === 0) return
  const named = conflicts.slice(0, 20).map(({ kind, name }) => `${kind} "${name}"`)
  const more = conflicts.length > named.length ? ` and ${conflicts.length - named.length} more` : ''
  throw new CoveError('transfer.conflict', {
    message: `${conflicts.length === 1 ? 'this exists already and is not known to be the same' : 'these exist already and are not known to be the same'}: ${named.join(', ')}${more}. Nothing was changed`,
    hint: 'Choose with --on-conflict skip, replace or rename.',
  })
}
