import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixAddress } from '#scripts/guest/fixed-address.ts'
import { tempDir, type TempDir } from '../../base/temp-dir.ts'

/** Pointers to data, code and a library's variable; a library that calls back; a thread's own variable. */
const source = `
#include <stdio.h>
#include <stdlib.h>
static int descending(const void *a, const void *b) { return *(const int *)b - *(const int *)a; }
static const char *const words[] = {"one", "two", "three"};
static int (*const orders[])(const void *, const void *) = {descending};
static __thread int mine = 42;
static FILE **const out = &stdout;
int main(int count, char **arguments) {
  int numbers[] = {1, 3, 2};
  qsort(numbers, 3, sizeof *numbers, orders[count - 1]);
  fprintf(*out, "%s %s %d%d%d %d\\n", words[count], words[2], numbers[0], numbers[1], numbers[2], mine);
  fprintf(*out, "%p\\n", (void *)words);
  return 3;
}
`
let dir: TempDir

beforeAll(() => {
  dir = tempDir()
  writeFileSync(dir.at('program.c'), source)
})
afterAll(() => dir[Symbol.asyncDispose]())

function build(name: string, ...flags: string[]): string {
  const made = spawnSync('gcc', ['-O1', ...flags, '-o', dir.at(name), dir.at('program.c')], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(made.stderr)
  return dir.at(name)
}

function fixed(path: string): string {
  const data = readFileSync(path)
  fixAddress(data)
  writeFileSync(`${path}.fixed`, data, { mode: 0o755 })
  return `${path}.fixed`
}

describe('a program that is given a fixed address', () => {
  it.each([
    ['whose functions of libraries are found when they are called', ['-fpie', '-pie', '-Wl,-z,lazy']],
    ['whose functions of libraries are found at its start', ['-fpie', '-pie', '-Wl,-z,now']],
  ])('%s says the same, each time from the same place', (_, flags) => {
    const path = fixed(build('program', ...flags))
    const runs = [1, 2, 3].map(() => spawnSync(path, { encoding: 'utf8' }))
    for (const { status, stdout } of runs) {
      expect(status).toBe(3)
      expect(stdout).toMatch(/^two three 321 42\n0x4\w{5}\n$/)
    }
    expect(new Set(runs.map(({ stdout }) => stdout)).size).toBe(1)
  })

  it('has nothing left to be moved when it starts', () => {
    const path = build('moved', '-fpie', '-pie')
    const moves = (file: string): number => spawnSync('readelf', ['-rW', file], { encoding: 'utf8' }).stdout.match(/_RELATIVE/g)?.length ?? 0
    expect(moves(path)).toBeGreaterThan(3)
    expect(moves(fixed(path))).toBe(0)
  })

  it('is refused where it has one already, and where the file is no program', () => {
    const data = readFileSync(build('there', '-fno-pie', '-no-pie'))
    expect(() => fixAddress(data)).toThrow('not a position-independent program')
    expect(() => fixAddress(Buffer.from('#!/bin/sh\n'.repeat(20)))).toThrow('not a position-independent program')
  })
})
