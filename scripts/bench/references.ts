/** A guest as Cove's peers have it: firmware, GRUB, systemd, cloud-init, a disk image; the same Docker. */
export const conventionalGuest = 'conventional guest'

/** OpenSSH's own forwarding of docker.sock to the same guest, as it comes. */
export const openSshDefault = 'ssh -L'

/** The same with the cipher that Cove uses. */
export const openSshAes = 'ssh -L aes128-gcm'

/** Cove itself, started from nothing. */
export const coldStartOf = 'cold start'

/** QEMU's own port forward to the same container, as products on its user network have it. */
export const rawForward = 'raw hostfwd'

/** sshfs in the guest on OpenSSH's sftp-server over ssh, with the cache settings Cove has. */
export const sshfsCached = 'sshfs, same caches'

/** The same as it comes. */
export const sshfsDefault = 'sshfs'

/** The same, told to ask again after a second, as virtiofs does. */
export const sshfsBrief = 'sshfs, one second'

/** A line to the guest and back over ssh: what part of a measured time is the measuring. */
export const sshRoundTrip = 'ssh, there and back'

/** A folder on the vm's own disk. */
export const ownDisk = "vm's disk"

/** A folder that the same vm has by virtiofs instead (setting share.driver). */
export const virtiofsd = 'virtiofs'
