class NoRoom extends Error {
  override name = 'NoRoom'
}

export default async function book({ what, full }: { what: string; full?: boolean }) {
  if (full === true) throw new NoRoom(`no ${what} has room`)
  return { booking: `${what}-1` }
}

export async function cancel({ booking }: { booking: string }) {
  return { canceled: booking }
}
