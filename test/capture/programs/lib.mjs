export class LibraryError extends Error {
  constructor(message, detail) {
    super(message);
    this.detail = detail;
  }
}
const state = { calls: 0 };
export function bump() {
  return ++state.calls;
}
export default class Shape {
  area() {
    return 0;
  }
}
