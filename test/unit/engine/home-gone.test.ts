import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { createLogger } from '#base/log.ts'
import { endWhenHomeIsGone } from '#engine/home-gone.ts'
import { Machine } from '#engine/life/machine.ts'
import { tempHome } from '../base/temp-dir.ts'

/** A home with a lock and a disk, watched; `vm` is a process in the vm's place. */
function watchedHome() {
  const home = tempHome()
  const { paths } = home
  for (const folder of [paths.diskDir, paths.logsDir]) mkdirSync(folder, { recursive: true })
  for (const file of [paths.engineLock, paths.dataDisk]) writeFileSync(file, '')
  const vm = spawn('sleep', ['60'])
  const status = { ...new Machine(paths.dockerSocket).status, vm: { pid: vm.pid ?? 0 } } as Machine['status']
  const stop = vi.fn(() => Promise.resolve())
  const exit = vi.fn()
  const watching = endWhenHomeIsGone({ paths, machine: { status }, log: createLogger({ write: () => undefined, [Symbol.dispose]: () => undefined }, () => 'info'), stop, exit })
  return {
    paths,
    vm,
    stop,
    exit,
    [Symbol.asyncDispose]: async () => {
      watching[Symbol.dispose]()
      vm.kill('SIGKILL')
      await home[Symbol.asyncDispose]()
    },
  }
}

test.skipIf(process.platform === 'win32')('a deleted home takes the vm along at once, and the engine with nothing removed by its path', async () => {
  await using home = watchedHome()
  const ended = once(home.vm, 'exit')
  rmSync(home.paths.home, { recursive: true })
  expect(await ended).toEqual([null, 'SIGKILL'])
  await vi.waitFor(() => expect(home.exit).toHaveBeenCalledWith({ keepVm: false, isHomeGone: true }))
  expect(home.stop).not.toHaveBeenCalled()
})

test.skipIf(process.platform === 'win32').each(['', 'and another made in its place'])('a home that is moved away %s has its vm stopped in order', async (another) => {
  await using home = watchedHome()
  renameSync(home.paths.home, `${home.paths.home}2`)
  if (another) mkdirSync(home.paths.home)
  await vi.waitFor(() => expect(home.exit).toHaveBeenCalledTimes(1))
  expect(home.stop).toHaveBeenCalledTimes(1)
  expect(home.vm.exitCode ?? home.vm.signalCode).toBeNull()
})

test.skipIf(process.platform === 'win32')('files that come and go in a home are no reason, its lock included', async () => {
  await using home = watchedHome()
  const { paths } = home
  rmSync(paths.engineLock)
  symlinkSync('/nowhere', paths.dockerSocket)
  writeFileSync(paths.engineLock, '')
  rmSync(paths.diskDir, { recursive: true })
  rmSync(paths.dockerSocket)
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(home.exit).not.toHaveBeenCalled()
})
