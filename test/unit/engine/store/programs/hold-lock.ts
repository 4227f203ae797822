import { takeInstanceLock } from '#engine/store/instance-lock.ts'

// Takes the lock, says whether it got it, and holds it until stdin ends.
const [file = ''] = process.argv.slice(2)
const lock = takeInstanceLock(file)
process.stdout.write(lock ? 'held\n' : 'refused\n')
process.stdin.resume().once('end', () => {
  lock?.[Symbol.dispose]()
  process.exit(0)
})
