import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { openFilesOf, parseOpenFiles } from '#engine/vm/virtiofs/open-files.ts'

const limits = (files: string): string => `Limit                     Soft Limit           Hard Limit           Units     
Max processes             96219                96219                processes 
Max open files            ${files.padEnd(20)} 1048576              files     
`

test.each([
  [limits('1024'), 1024],
  [limits('unlimited'), Infinity],
  ['', null],
])('the present limit is the one that counts (%#)', (text, files) => {
  expect(parseOpenFiles(text)).toBe(files)
})

test.skipIf(process.platform !== 'linux')('a process is asked as the shell would ask it', async () => {
  // Node raises its own as far as it may, which its children inherit.
  expect(await openFilesOf(process.pid)).toBe(Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' })))
  expect(await openFilesOf(0)).toBeNull()
})
