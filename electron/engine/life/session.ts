import { CoveError, toCoveError } from '#contract/errors.ts'
import { withLimit } from '#base/limit.ts'
import type { GuestImage, Vm } from '../vm/driver.ts'
import { bootSteps, guestSteps, type BootStep } from './boot-steps.ts'
import { GuestProgress } from './guest-progress.ts'
import { guestDockerSocket, type LifeParts, type Session } from './parts.ts'

/** Told of each step so that everyone can see it. */
export interface StepReporter {
  begin(step: string): void
  end(step: string, ms: number): void
  vm(vm: Vm): void
}

/** Boots a vm up to the moment Docker answers; whatever was opened is closed again if a step fails. */
export async function startSession(parts: LifeParts, report: StepReporter, signal: AbortSignal): Promise<Session> {
  const step = stepper(report, signal)
  const identity = await parts.openIdentity()
  const image: GuestImage = await step(bootSteps.image, (own) => parts.openImage(own))
  const settings = parts.settings()
  const vm = await step(bootSteps.vm, (own) =>
    parts.driver.start(
      {
        cpus: settings['vm.cpus'],
        memoryMiB: settings['vm.memoryMiB'],
        accelerator: settings['vm.accelerator'],
        program: settings['vm.qemu'],
        sshPort: settings['tunnel.port'],
        dataDiskBytes: settings['disk.sizeGiB'] * 1024 ** 3,
        image,
        identity,
      },
      own,
    ),
  )
  return joinSession(parts, { vm, report, signal }).catch(async (error: unknown) => {
    await stopQuietly(parts, vm)
    throw error
  })
}

/** Follows a vm that runs (just started, or left by a former engine) until Docker answers. */
export async function joinSession(parts: LifeParts, join: { vm: Vm; report: StepReporter; signal: AbortSignal }): Promise<Session> {
  const { vm, report, signal } = join
  const step = stepper(report, signal)
  report.vm(vm)
  const identity = await parts.openIdentity()
  await using opened = new AsyncDisposableStack()
  opened.use(vm)
  using progress = new GuestProgress(vm)
  const tunnel = opened.use(
    parts.openTunnel({
      host: '127.0.0.1',
      port: vm.sshPort,
      hostPublicKey: identity.hostPublicKey,
      clientPrivateKey: identity.clientPrivateKey,
    }),
  )
  vm.askGuest()
  for (const name of guestSteps) {
    await step(bootSteps[name], (own) => progress.reached(name, own))
    // slirp accepts connections before the guest listens; from here on the next dial succeeds.
    if (name === 'sshd') tunnel.nudge()
  }
  await step(bootSteps.tunnel, (own) => tunnel.ready(own))
  const docker = opened.use(parts.createDocker((own) => tunnel.openSocket(guestDockerSocket, own)))
  await step(bootSteps.docker, (own) => docker.ping(own))
  const kept = opened.move()
  return { vm, tunnel, docker, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

type Step = <T>(step: BootStep, work: (signal: AbortSignal) => Promise<T>) => Promise<T>

function stepper(report: StepReporter, signal: AbortSignal): Step {
  return async ({ name, what, limitMs, hint }, work) => {
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
