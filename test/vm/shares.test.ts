import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, chmod, chown, lstat, mkdir, readFile, realpath, rename, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { checkout } from '#scripts/checkout.ts'
import { compilerFlags } from '#scripts/guest/supervisor.ts'
import { image, uniqueName } from './fixtures/containers.ts'
import { copyWithLibraries } from './fixtures/copy-with-libraries.ts'
import { logged, type OrdinaryCove, ordinaryCove } from './fixtures/ordinary-user.ts'
import { smallDisk } from './fixtures/small-disk.ts'

/** How many small files M12 makes; the full ten thousand take minutes without hardware acceleration. */
const manyFiles = process.env['COVE_TEST_FULL'] === '1' ? 10_000 : 300
const manyFilesLimitMs = Math.max(5 * 60_000, manyFiles * 400)

describe('bind mounts, as an ordinary user', () => {
  let me: OrdinaryCove
  const at = (...names: string[]): string => join(me.home, ...names)
  /** A file of the user's own on the host. */
  const put = async (path: string, content: string | Buffer, mode = 0o644): Promise<void> => {
    await writeFile(path, content)
    await chmod(path, mode)
    await chown(path, me.uid, me.gid)
  }

  beforeAll(async () => {
    me = await ordinaryCove()
  })
  afterAll(async () => {
    await me?.[Symbol.asyncDispose]()
  })

  // Up to M14 two at a time: what one waits for leaves a processor to the other.
  it.concurrent('M1 a read-only mount is read and not written', async () => {
    await put(at('read-me'), 'hello')
    const ran = await me.docker('run', '--rm', '-v', `${me.home}:/in:ro`, image, 'sh', '-c', 'cat /in/read-me; echo x > /in/new')
    expect(ran.stdout).toBe('hello')
    expect(ran.stderr).toContain('Read-only')
    await expect(stat(at('new'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it.concurrent('M2 M4 M8 what containers write is on the host at once and belongs to the user, whoever wrote it', async () => {
    expect(await me.inside('echo root > by-root; stat -c "%u %g" by-root')).toBe('0 0')
    expect(await me.inside('echo one > by-1000; echo two >> by-1000; stat -c "%u %g" by-1000; echo more >> by-root', { user: '1000:1000' })).toBe('1000 1000')
    expect(await readFile(at('by-root'), 'utf8')).toBe('root\nmore\n')
    expect(await readFile(at('by-1000'), 'utf8')).toBe('one\ntwo\n')
    for (const name of ['by-root', 'by-1000']) expect(await stat(at(name))).toMatchObject({ uid: me.uid, gid: me.gid })
    await put(at('mine'), 'mine')
    expect(await me.inside('stat -c "%u %g %a" mine')).toBe(`${me.uid} ${me.gid} 644`)
  })

  it.concurrent('M3 M6 M7 single files, spaces and names in any script are mounted', async () => {
    await mkdir(at('a folder – 파일'))
    await put(at('a folder – 파일', 'naïve ñ.txt'), 'found')
    const file = at('a folder – 파일', 'naïve ñ.txt')
    const ran = await me.docker('run', '--rm', '-v', `${file}:/one file`, '-v', `${dirname(file)}:/folder`, image, 'sh', '-ec', 'cat "/one file"; echo changed > "/one file"; cd /folder; echo *')
    expect(ran).toMatchObject({ exitCode: 0, stdout: 'foundnaïve ñ.txt' })
    expect(await readFile(file, 'utf8')).toBe('changed\n')
  })

  it.concurrent('M5 a missing folder is made, and is the user’s', async () => {
    const ran = await me.docker('run', '--rm', '-v', `${at('made', 'by', 'docker')}:/x`, image, 'touch', '/x/file')
    expect(ran).toMatchObject({ exitCode: 0 })
    for (const path of [at('made'), at('made', 'by', 'docker'), at('made', 'by', 'docker', 'file')]) expect(await stat(path)).toMatchObject({ uid: me.uid })
  })

  it.concurrent('M9 M10 a database folder keeps the owner and modes it was given', async () => {
    const initialise = 'mkdir data; chown 999:999 data; chmod 00700 data'
    await me.inside(initialise)
    const asDatabase = 'umask 077; test "$(stat -c "%u %g %a" data)" = "999 999 700"; mkdir data/base; echo 16 > data/PG_VERSION; echo x > data/base/1; mv data/base/1 data/base/2; ln data/base/2 data/base/3; chmod 400 data/PG_VERSION; stat -c "%u %a" data/PG_VERSION data/base data/base/3'
    expect(await me.inside(asDatabase, { user: '999:999' })).toBe('999 400\n999 700\n999 600')
    expect(await me.inside('cat data/base/2 2>&1 || true', { user: '1000:1000' })).toContain('Permission denied')
    expect(await stat(at('data'))).toMatchObject({ uid: me.uid })
    await put(at('tool'), '#!/bin/sh\necho ran\n')
    expect(await me.inside('chmod 4755 tool; stat -c %a tool; ./tool; chmod 640 tool; stat -c %a tool')).toBe('4755\nran\n640')
    expect((await stat(at('tool'))).mode & 0o7777).toBe(0o640)
    await chmod(at('tool'), 0o755)
    expect(await me.inside('./tool')).toBe('ran')
  })

  it.concurrent('M11 links, renaming over an open file, unlinked files, fifos and append do as on Linux', async () => {
    const script = `mkdir l; cd l; echo 1 > a; ln a b; ln -s a c
      test "$(stat -c %i a)" = "$(stat -c %i b)"; stat -c %h a; readlink c; cat c
      exec 3< a; echo 2 > n; mv n a; cat <&3; cat a b
      exec 4<> u; echo kept >&4; rm u; cat /proc/self/fd/4
      mkfifo p; cat p & echo through > p; wait
      echo one >> log; echo two >> log; cat log; truncate -s 3 log; cat log`
    expect((await me.inside(script)).split('\n')).toEqual(['2', 'a', '1', '1', '2', '1', 'kept', 'through', 'one', 'two', 'one'])
    expect((await lstat(at('l', 'c'))).isSymbolicLink()).toBe(true)
    expect((await lstat(at('l', 'p'))).isFile()).toBe(true)
  })

  it.concurrent('M11 SQLite works in the mount, written by two containers at once', async () => {
    const folder = at('sqlite')
    await mkdir(folder)
    await copyWithLibraries('sqlite3', folder)
    await chown(folder, me.uid, me.gid)
    const sqlite = (sql: string): string => `cd ${folder}; ./loader --library-path . ./sqlite3 -cmd ".timeout 60000" t.db "${sql}"`
    await me.inside(sqlite('pragma journal_mode=wal; create table t(a)'))
    const writer = `i=0; while [ $i -lt 8 ]; do ${sqlite('insert into t values(1)')}; i=$((i+1)); done`
    const other = me.docker('run', '--rm', '-v', `${me.home}:${me.home}`, image, 'sh', '-ec', writer)
    await me.inside(writer)
    expect(await other).toMatchObject({ exitCode: 0 })
    expect(await me.inside(sqlite('select count(*) from t; pragma integrity_check'))).toBe('16\nok')
    expect(execFileSync('sqlite3', [join(folder, 't.db'), 'select count(*) from t'], { encoding: 'utf8' }).trim()).toBe('16')
  })

  it.concurrent(`M12 ${manyFiles} small files are made, seen and removed`, async () => {
    const script = `mkdir many; cd many; i=0; while [ $i -lt ${manyFiles} ]; do echo $i > $i; i=$((i+1)); done; ls | wc -l; cat * | wc -l; cd ..; rm -r many; ls | grep -c many || true`
    expect((await me.inside(script, { timeoutMs: manyFilesLimitMs })).split('\n').map((line) => line.trim())).toEqual([String(manyFiles), String(manyFiles), '0'])
  }, manyFilesLimitMs)

  it.concurrent('M14 the guest’s own docker.sock is mounted', async () => {
    const ran = await me.docker('run', '--rm', '-v', '/var/run/docker.sock:/var/run/docker.sock', image, 'sh', '-c', 'test -S /var/run/docker.sock && echo socket')
    expect(ran).toMatchObject({ exitCode: 0, stdout: 'socket' })
  })

  it('M13 what the host does is seen inside at once, whatever was cached', async () => {
    await mkdir(at('live'))
    await chown(at('live'), me.uid, me.gid)
    await put(at('live', 'file'), 'old')
    const reads = 'cat file; ls; test -e later || echo none'
    expect(await me.inside(`cd live; ${reads}`)).toBe('oldfile\nnone')
    // Three times: what is cached by then is what counts.
    for (const round of ['first', 'second and longer', '3rd']) {
      await writeFile(at('live', 'file'), round)
      expect(await me.inside('cat live/file')).toBe(round)
    }
    await put(at('live', 'next'), 'moved over it')
    await rename(at('live', 'next'), at('live', 'file'))
    await put(at('live', 'later'), '')
    expect(await me.inside(`cd live; ${reads}`)).toBe('moved over itfile\nlater')
    await unlink(at('live', 'later'))
    expect(await me.inside(`cd live; ${reads}`)).toBe('moved over itfile\nnone')
  })

  it('M13 inotify in a container speaks of what the host does', async () => {
    const folder = at('watched')
    await mkdir(folder)
    await chown(folder, me.uid, me.gid)
    await put(join(folder, 'known'), 'one')
    const program = at('watch-folder')
    execFileSync('gcc', [...compilerFlags, '-static', '-o', program, join(checkout, 'test/vm/fixtures/programs/watch-folder.c')])
    const name = uniqueName('watch')
    await me.docker('run', '-d', '--name', name, '-v', `${me.home}:${me.home}`, image, program, folder)
    await me.inside(`cat ${folder}/known; ls ${folder}`)
    const heard = (line: string): Promise<void> => logged(me, name, line)
    await heard('watching')
    await appendFile(join(folder, 'known'), 'two')
    await heard('modify known')
    await put(join(folder, 'new'), 'content')
    await heard('create new')
    await rename(join(folder, 'new'), join(folder, 'renamed'))
    await heard('moved-to renamed')
    await chmod(join(folder, 'renamed'), 0o600)
    await heard('attrib renamed')
    await unlink(join(folder, 'renamed'))
    await heard('delete renamed')
    await put(join(folder, 'end'), '')
    expect(await me.docker('wait', name)).toMatchObject({ stdout: '0' })
    expect(await readFile(join(folder, 'known'), 'utf8')).toBe('onetwo')
    await me.docker('rm', name)
  })

  it('M15 nothing outside the share is reached: links, dots, Cove’s own folder', async () => {
    const secret = join(me.home, '..', 'secret')
    await writeFile(secret, `secret ${randomBytes(4).toString('hex')}`, { mode: 0o644 })
    await symlink(secret, at('way-out'))
    await symlink('../secret', at('way-up'))
    await symlink('..', at('parent'))
    const tried = await me.inside('for path in way-out way-up parent/secret ../secret .c/keys .c; do cat $path 2>/dev/null || ls $path 2>/dev/null || echo refused; done')
    expect(tried.split('\n')).toEqual(Array.from({ length: 6 }, () => 'refused'))
    expect(await me.inside('ls -a | grep -c "^.c$" || true; mkdir .c 2>/dev/null || echo refused; mv live .c 2>/dev/null || echo refused')).toBe('0\nrefused\nrefused')
    expect((await stat(join(me.coveHome, 'keys'))).isDirectory()).toBe(true)
    // Swapping a folder for a link as fast as a guest can, while another reads through it.
    const race = `mkdir -p r/real; echo inside > r/real/secret; i=0; while [ $i -lt 60 ]; do rm -f r/x; ln -s ${dirname(secret)} r/x; rm r/x; mv r/real r/x; mv r/x r/real; i=$((i+1)); done & j=0; while [ $j -lt 120 ]; do cat r/x/secret 2>/dev/null || true; j=$((j+1)); done; wait`
    expect(await me.inside(race)).not.toContain('secret ')
    await rm(secret)
  })

  it('a folder is shared and taken back while the vm runs; the guest’s own are refused', async () => {
    const folder = join(me.home, '..', 'extra')
    await mkdir(folder)
    await chown(folder, me.uid, me.gid)
    await put(join(folder, 'file'), 'extra')
    expect((await me.cove('share', 'add', folder)).exitCode).toBe(0)
    expect(await me.docker('run', '--rm', '-v', `${folder}:/x`, image, 'cat', '/x/file')).toMatchObject({ stdout: 'extra' })
    expect(JSON.parse((await me.cove('share', 'list', '--json')).stdout)).toMatchObject([{ entry: 'home', state: 'mounted' }, { entry: 'temp', state: 'mounted' }, { path: await realpath(folder), state: 'mounted' }])
    expect((await me.cove('share', 'remove', folder)).exitCode).toBe(0)
    expect(await me.docker('run', '--rm', '-v', `${folder}:/x`, image, 'ls', '-A', '/x')).toMatchObject({ stdout: '' })
    const refused = await me.cove('share', 'add', '/usr/share')
    expect(refused.exitCode).toBe(2)
    expect(refused.stderr).toContain('would hide')
    expect((await me.cove('share', 'remove', '/nowhere')).exitCode).toBe(2)
  })

  it.skipIf(process.getuid?.() !== 0)('a full disk and a read-only one under a share refuse by name and lose nothing', async () => {
    const path = at(uniqueName('disks'), 'small')
    const there = `cd ${path}`
    await mkdir(dirname(path))
    await using disk = await smallDisk(8 * 1024 ** 2, { at: path })
    await chown(path, me.uid, me.gid)
    expect(await me.inside(`${there}; echo kept > kept; cat kept`)).toBe('kept')
    await disk.fillBut(0)
    const full = await me.inside(`${there}; echo more > more || echo refused; dd if=/dev/zero of=large bs=4k count=16 2>&1 || echo refused; cat kept`)
    expect(full.split('\n').filter((line) => line === 'refused')).toHaveLength(2)
    expect(full).toMatch(/No space left on device[^]*kept$/)
    await disk.empty()
    expect(await me.inside(`${there}; rm -f large; echo more > more; cat more`)).toBe('more')
    // Once the engine lets go of what was written: 3 s after the last request.
    await vi.waitFor(() => execa('mount', ['-o', 'remount,ro', path]), { timeout: 30_000, interval: 500 })
    const fixed = await me.inside(`${there}; cat kept more; (echo x > kept) 2>&1 || echo refused; rm -f more 2>&1 || echo refused; mkdir new 2>&1 || echo refused`)
    expect(fixed.split('\n').filter((line) => line === 'refused')).toHaveLength(3)
    expect(fixed.match(/Read-only file system/g)).toHaveLength(3)
    await execa('mount', ['-o', 'remount,rw', path])
    expect(await me.inside(`${there}; echo again >> kept; cat kept more`)).toBe('kept\nagain\nmore')
  })

  it('S10 asleep and awake: containers go on with what they have open, and see what the host did meanwhile', async () => {
    await Promise.all([put(at('changed'), 'before'), ...['made-meanwhile', 'slept'].map((name) => rm(at(name), { force: true }))])
    expect(await me.inside('cat changed; test -e made-meanwhile || echo none')).toBe('beforenone')
    await me.begin('exec 5>> slept; i=0; while [ ! -e made-meanwhile ]; do i=$((i+1)); echo $i >&5; done; echo end >&5')
    expect((await me.cove('sleep')).exitCode).toBe(0)
    expect(JSON.parse((await me.cove('status', '--json')).stdout)).toMatchObject({ state: 'sleeping' })
    await put(at('changed'), 'while it slept')
    await put(at('made-meanwhile'), '')
    expect(await me.inside('cat changed; test -e made-meanwhile && echo there')).toBe('while it sleptthere')
    await me.inside('i=0; while [ "$(tail -n 1 slept)" != end ] && [ $i -lt 60 ]; do sleep 1; i=$((i+1)); done')
    const lines = (await readFile(at('slept'), 'utf8')).trim().split('\n')
    expect(lines.at(-1)).toBe('end')
    expect(lines.slice(0, -1)).toEqual(lines.slice(0, -1).map((_, index) => String(index + 1)))
  })

  it('S2 kill -9 of the engine: containers wait for the next one and go on with the files they have open', async () => {
    await me.begin('exec 5>> held; i=0; while [ $i -lt 40 ]; do echo $i >&5; mkdir -p steps/$i; i=$((i+1)); done')
    process.kill(await me.pid(), 'SIGKILL')
    expect((await me.cove('start', '--wait')).exitCode).toBe(0)
    await me.inside('i=0; while [ ! -d steps/39 ] && [ $i -lt 60 ]; do sleep 1; i=$((i+1)); done; test -d steps/39')
    expect((await readFile(at('held'), 'utf8')).trim().split('\n')).toEqual(Array.from({ length: 40 }, (_, i) => String(i)))
    expect(await me.inside('ls steps | wc -l')).toBe('40')
  })
})
