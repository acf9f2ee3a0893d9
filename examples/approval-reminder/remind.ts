export default async function remind() {
  return { sent: 1 }
}
