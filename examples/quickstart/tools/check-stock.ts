interface Item {
  sku: string
  quantity: number
}

const shelf: Record<string, number> = { apple: 1_000, pear: 500, melon: 20, piano: 2 }

export default async function checkStock({ items }: { items: Item[] }) {
  return {
    missing: items
      .filter(({ sku, quantity }) => (shelf[sku] ?? 0) < quantity)
      .map(({ sku }) => sku),
  }
}
