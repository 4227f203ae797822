import { toCoveError, CoveError } from '#contract/errors.ts'
import { withLimit } from '#base/limit.ts'
import type { Vm, VmSpec } from '../vm/driver.ts'
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
}

/** How long a driver may take to give up a start that nobody waits for any more. */
const giveUpMs = 15_000

/** Boots a vm up to the moment Docker answers; whatever was opened is closed again if a step fails. */
export async function startSession(parts: LifeParts, attempt: Attempt): Promise<Session> {
  const step = stepper(attempt.report, attempt.signal)
  const { image, identity } = await step(bootSteps.image, async (own) => ({ image: await parts.openImage(own), identity: await parts.openIdentity() }))
  const settings = parts.settings()
  const spec: VmSpec = {
    cpus: settings['vm.cpus'],
    memoryMiB: settings['vm.memoryMiB'],
    accelerator: settings['vm.accelerator'],
    program: settings['vm.qemu'],
    sshPort: settings['tunnel.port'],
    dataDiskBytes: settings['disk.sizeGiB'] * 1024 ** 3,
    image,
    identity,
  }
  let starting: Promise<Vm> | undefined
  try {
    const vm = await step(bootSteps.vm, (own) => (starting = startVm(parts, spec, own)))
    return await joinSession(parts, vm, attempt)
  } catch (error) {
    // Until the driver has given up, the next start would meet its vm.
    await withLimit({ what: 'the vm driver to give up', ms: giveUpMs }, async () => void (await starting?.catch(() => undefined))).catch((late: unknown) =>
      parts.log.error('the vm driver does not give up', { error: late }),
    )
    throw error
  }
}

/** Starts a vm; one that comes after we were told to stop is ended. */
async function startVm(parts: LifeParts, spec: VmSpec, signal: AbortSignal): Promise<Vm> {
  const vm = await parts.driver.start(spec, signal)
  if (!signal.aborted) return vm
  await stopQuietly(parts, vm)
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
  using progress = new GuestProgress(vm)
  const step = stepper(report, AbortSignal.any([attempt.signal, progress.vmDied]))
  report.vm(vm)
  const identity = await parts.openIdentity()
  const tunnel = opened.use(
    parts.openTunnel({
      host: '127.0.0.1',
      port: vm.sshPort,
      hostPublicKey: identity.hostPublicKey,
      clientPrivateKey: identity.clientPrivateKey,
    }),
  )
  for (const companion of parts.companions) if (companion.joinVm) opened.use(await companion.joinVm(vm, attempt.signal))
  vm.askGuest()
  for (const name of guestSteps) {
    await step(bootSteps[name], (own) => progress.reached(name, own))
    // slirp accepts connections before the guest listens; from here on the next dial succeeds.
    if (name === 'sshd') tunnel.nudge()
  }
  await step(bootSteps.tunnel, (own) => tunnel.ready(own))
  const docker = opened.use(parts.createDocker((own) => tunnel.openSocket(guestDockerSocket, own)))
  const version = await step(bootSteps.docker, async (own) => {
    await docker.ping(own)
    return docker.version(own)
  })
  const session: Session = { vm, tunnel, docker, version, [Symbol.asyncDispose]: () => kept.disposeAsync() }
  for (const companion of parts.companions) if (companion.joinSession) opened.use(await companion.joinSession(session, attempt.signal))
  isServing = true
  const kept = opened.move()
  return session
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
  return cause.hint === undefined ? new CoveError(cause.code, { message: cause.message, hint, cause }) : cause
}

async function stopQuietly(parts: LifeParts, vm: Vm): Promise<void> {
  await vm.stop({ graceMs: 2000 }).catch((error: unknown) => parts.log.error('cannot stop a vm that failed to start', { error }))
}
