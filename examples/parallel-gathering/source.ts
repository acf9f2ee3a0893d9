export default async function source({ name, city }: { name: string; city: string }) {
  if (name === 'news') throw new Error('the news agency does not answer')
  return { says: `${name} of ${city} is fine` }
}
