import { toCoveError, CoveError } from '#contract/errors.ts'
import { withLimit } from '#base/limit.ts'
import type { GuestLine } from '../tunnel/tunnel.ts'
import type { Vm, VmSpec } from '../vm/driver.ts'
import type { GuestMessage } from '../vm/guest-message.ts'
import { bootSteps, guestSteps, type BootStep } from './boot-steps.ts'
import { GuestProgress } from './guest-progress.ts'
import { guestDockerSocket, type LifeParts, type Session } from './parts.ts'

/** Told of each step so that everyone can see it. */
export interface StepReporter {
  begin(step: string): void
  end(step: string, ms: number): void
  vm(vm: Vm): void
}

/** One attempt at a session. */
export interface Attempt {
  report: StepReporter
  signal: AbortSignal
  /** Asked when the attempt fails: whether the vm is to run on without us. */
  keepsVm: () => boolean
  /** The guest has been through its boot already. */
  isReady?: boolean
}

/** How long a driver may take to give up a start that nobody waits for any more. */
const giveUpMs = 15_000

/** Boots a vm, or wakes the one that sleeps, up to the moment Docker answers; whatever was opened is closed again if a step fails. */
export async function startSession(parts: LifeParts, attempt: Attempt): Promise<Session> {
  const step = stepper(attempt.report, attempt.signal)
  const saved = await parts.driver.saved()
  const spec = await step(bootSteps.image, async () => {
    const image = await parts.openImage(attempt.signal)
    // While memory is loaded, the rest is verified beside that.
    if (!saved) await image.verified
    return specOf(parts, { image, identity: await parts.openIdentity(), guestFiles: await parts.guestFiles() })
  })
  const starting = new Set<Promise<unknown>>()
  const watched = <T>(work: Promise<T>): Promise<T> => {
    starting.add(work)
    return work
  }
  try {
    const woken = saved ? await step(bootSteps.memory, (own) => watched(wakeVm(parts, spec, { attempt, signal: own }))) : undefined
    if (woken) return await joinSession(parts, woken, { ...attempt, isReady: true })
    const start = (distrust?: string): Promise<Vm> =>
      step(bootSteps.vm, (own) => watched(startVm(parts, distrust === undefined ? spec : { ...spec, distrust }, { attempt, signal: own })))
    return await bootSession(parts, attempt, start)
  } catch (error) {
    // Until the driver has given up, the next start would meet its vm.
    await withLimit({ what: 'the vm driver to give up', ms: giveUpMs }, async () => void (await Promise.allSettled(starting))).catch((late: unknown) =>
      parts.log.error('the vm driver does not give up', { error: late }),
    )
    throw error
  }
}

/**
 * Follows a new vm; once more, with another, where the first did not get as far as its kernel having its root: until then
 * nothing of the user's was touched. Hardware that passed its probe and still carries no kernel is left out the second
 * time; in software emulation, where a vm falls over now and then, the next one comes up.
 */
async function bootSession(parts: LifeParts, attempt: Attempt, start: (distrust?: string) => Promise<Vm>): Promise<Session> {
  const { report } = attempt
  let isUp = false
  const end: StepReporter['end'] = (step, ms) => {
    isUp ||= step === bootSteps.initrd.name
    report.end(step, ms)
  }
  const follow = async (vm: Vm): Promise<Session> => joinSession(parts, vm, { ...attempt, report: { begin: (step) => report.begin(step), end, vm: (own) => report.vm(own) } })
  const first = await start()
  try {
    return await follow(first)
  } catch (error) {
    if (isUp || attempt.signal.aborted || !(error instanceof CoveError) || !isWorthAnother(parts, error, first)) throw error
    parts.log.warn('the guest did not come up and is booted once more', { accelerator: first.accelerator, error })
    parts.store.addEvent('vm.boot-repeated', { code: error.code, message: error.message })
    return await follow(await start(first.isEmulated ? undefined : error.message))
  }
}

/** What did not come up in its time does so in emulation at most, if that is not what it had and the user leaves the choice to us. */
function isWorthAnother(parts: LifeParts, { code }: CoveError, { isEmulated }: Vm): boolean {
  return code === 'vm.died' || code === 'vm.guest-failed' || (code === 'vm.step-timeout' && !isEmulated && parts.settings()['vm.accelerator'] === 'auto')
}

/** What the settings say of a vm. */
export function specOf(parts: LifeParts, given: Pick<VmSpec, 'image' | 'identity' | 'guestFiles'>): VmSpec {
  const settings = parts.settings()
  return {
    cpus: settings['vm.cpus'],
    memoryMiB: settings['vm.memoryMiB'],
    accelerator: settings['vm.accelerator'],
    program: settings['vm.qemu'],
    sshPort: settings['tunnel.port'],
    virtiofsFolders: parts.virtiofsFolders(),
    dataDiskBytes: settings['disk.sizeGiB'] * 1024 ** 3,
    ...given,
  }
}

/** Whose vm it is to be, and when that ends. */
interface Wish {
  attempt: Attempt
  signal: AbortSignal
}

/** Lets the saved vm run on, its clock set right; undefined when what was saved cannot be used and was discarded. */
async function wakeVm(parts: LifeParts, spec: VmSpec, wish: Wish): Promise<Vm | undefined> {
  const restored = await parts.driver.restore(spec, wish.signal)
  if ('unfit' in restored) {
    parts.log.warn('the vm boots instead of waking', { why: restored.unfit })
    parts.store.addEvent('vm.saved-discarded', { reason: restored.unfit })
    return undefined
  }
  restored.vm.setGuestClock(Date.now())
  return await wanted(parts, restored.vm, wish)
}

async function startVm(parts: LifeParts, spec: VmSpec, wish: Wish): Promise<Vm> {
  return await wanted(parts, await parts.driver.start(spec, wish.signal), wish)
}

/** A vm that comes after we were told to stop is ended, or left to the next engine. */
async function wanted(parts: LifeParts, vm: Vm, { attempt, signal }: Wish): Promise<Vm> {
  if (!signal.aborted) return vm
  if (!attempt.keepsVm()) await stopQuietly(parts, vm)
  await vm[Symbol.asyncDispose]()
  throw signal.reason
}

/** The vm that runs although no session reaches it, or undefined. @throws CoveError when it cannot be reached. */
export async function findLeftVm(parts: LifeParts, signal: AbortSignal): Promise<Vm | undefined> {
  const { limitMs: ms, hint } = bootSteps.attach
  return withLimit({ what: 'the vm that still runs to answer', ms, signal, code: 'vm.step-timeout', hint }, async (own) => {
    const vm = await parts.driver.attach(own)
    if (!own.aborted) return vm
    await vm?.[Symbol.asyncDispose]()
    throw own.reason
  })
}

/** Follows a vm that runs (just started, or left by a former engine) until Docker answers; owns it from here on. */
export async function joinSession(parts: LifeParts, vm: Vm, attempt: Attempt): Promise<Session> {
  const { report, keepsVm } = attempt
  await using opened = new AsyncDisposableStack()
  opened.use(vm)
  let isServing = false
  opened.defer(async () => {
    if (!isServing && !keepsVm()) await stopQuietly(parts, vm)
  })
  // What is let go while the vm itself is still needed, and of that what speaks with Docker, which ends first.
  const reach = opened.use(new AsyncDisposableStack())
  const talk = new AsyncDisposableStack()
  let hangingUp: Promise<void> | undefined
  const hangUp = (): Promise<void> => (hangingUp ??= talk.disposeAsync())
  opened.defer(hangUp)
  using progress = new GuestProgress(vm)
  const step = stepper(report, AbortSignal.any([attempt.signal, progress.vmDied]))
  report.vm(vm)
  const { hostPublicKey, clientPrivateKey } = await parts.openIdentity()
  const tunnel = talk.use(parts.openTunnel({ ...wayInto(vm), hostPublicKey, clientPrivateKey, isEmulated: vm.isEmulated }))
  for (const companion of parts.companions) if (companion.joinVm) reach.use(await companion.joinVm(vm, attempt.signal))
  if (!attempt.isReady) vm.askGuest()
  for (const name of attempt.isReady ? [] : guestSteps) {
    await step(bootSteps[name], (own) => progress.reached(name, own))
    // slirp accepts connections before the guest listens; from here on the next dial succeeds. A line waits for the guest.
    if (name === 'sshd' && !vm.openTunnel) tunnel.nudge()
  }
  await step(bootSteps.tunnel, (own) => tunnel.ready(own))
  const docker = talk.use(parts.createDocker((own) => tunnel.openSocket(guestDockerSocket, own)))
  const version = await step(bootSteps.docker, async (own) => (await docker.ping(own)) ?? docker.version(own))
  const release = async (): Promise<void> => {
    try {
      await hangUp()
    } finally {
      await reach.disposeAsync()
    }
  }
  const session: Session = { vm, tunnel, docker, version, release, [Symbol.asyncDispose]: () => kept.disposeAsync() }
  for (const companion of parts.companions) if (companion.joinSession) talk.use(await companion.joinSession(session, attempt.signal))
  // Not before all have joined: what is closed already takes nobody in.
  reach.use(whenContainersEnded(vm, () => void hangUp().catch((error: unknown) => parts.log.error('what spoke with Docker did not leave well', { error }))))
  isServing = true
  const kept = opened.move()
  return session
}

/** While a guest powers off, Docker ends only after its clients have left: they stay for as long as a container may have something to say. */
function whenContainersEnded(vm: Vm, leave: () => void): Disposable {
  const onGuest = ({ type }: GuestMessage): void => {
    if (type === 'containers-ended') leave()
  }
  vm.on('guest', onGuest)
  return { [Symbol.dispose]: () => vm.off('guest', onGuest) }
}

/** Its own port where it has one, else the one that QEMU forwards. */
function wayInto({ openTunnel, sshPort }: Vm): { line: GuestLine } | { host: string; port: number } {
  return openTunnel ? { line: { name: 'the port "tunnel" of the vm', open: openTunnel } } : { host: '127.0.0.1', port: sshPort }
}

type Step = <T>(step: BootStep, work: (signal: AbortSignal) => Promise<T>) => Promise<T>

function stepper(report: StepReporter, signal: AbortSignal): Step {
  return async ({ name, what, limitMs, hint }, work) => {
    signal.throwIfAborted()
    report.begin(name)
    const started = performance.now()
    const result = await withLimit({ what: `${what} (step "${name}")`, ms: limitMs, signal, code: 'vm.step-timeout', hint }, work).catch(
      (error: unknown) => {
        throw inStep(error, hint)
      },
    )
    report.end(name, performance.now() - started)
    return result
  }
}

/** An error with the step's hint where it has none of its own. */
function inStep(error: unknown, hint: string): CoveError {
  const cause = toCoveError(error, 'vm.start-failed')
  return cause.hint === undefined ? new CoveError(cause.code, { message: cause.message, about: cause.about, hint, cause }) : cause
}

async function stopQuietly(parts: LifeParts, vm: Vm): Promise<void> {
  await vm.stop({ graceMs: 2000 }).catch((error: unknown) => parts.log.error('cannot stop a vm that failed to start', { error }))
}
