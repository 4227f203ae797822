import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { old } from '#engine/shares/guest-notices.ts'
import { RepeatedNotices } from '#engine/shares/watch/repeated-notices.ts'

describe('notices of one node', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const listen = () => {
    const told: string[] = []
    return { told, notices: new RepeatedNotices((id, what) => void told.push(`${id}${['', ' content', ' length'][what]}`)) }
  }

  it('are told at once, then so often at most, and the last one always', () => {
    const { told, notices } = listen()
    for (let i = 0; i < 1000; i++) notices.tell(7, old.content)
    expect(told).toEqual(['7 content'])
    vi.advanceTimersByTime(25)
    expect(told).toEqual(['7 content', '7 content'])
    vi.advanceTimersByTime(1000)
    expect(told).toHaveLength(2)
    notices.tell(7, old.content)
    expect(told).toHaveLength(3)
  })

  it('say the most that one of those that waited did', () => {
    const { told, notices } = listen()
    notices.tell(7, old.facts)
    notices.tell(7, old.content)
    notices.tell(7, old.length)
    notices.tell(7, old.facts)
    vi.advanceTimersByTime(25)
    expect(told).toEqual(['7', '7 length'])
  })

  it('do not wait once the guest was answered, nor for another node', () => {
    const { told, notices } = listen()
    notices.tell(7, old.content)
    notices.tell(8, old.facts)
    notices.tell(7, old.content)
    notices.answered(7)
    notices.tell(7, old.content)
    expect(told).toEqual(['7 content', '8', '7 content'])
    vi.advanceTimersByTime(1000)
    expect(told).toHaveLength(3)
  })

  it('end with the share', () => {
    const { told, notices } = listen()
    notices.tell(7, old.content)
    notices.tell(7, old.content)
    notices[Symbol.dispose]()
    vi.advanceTimersByTime(1000)
    expect(told).toHaveLength(1)
  })
})
