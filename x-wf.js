export async function w() {}
