export interface Shape {
  readonly area: number;
}
export const twice = (n: number): number => n * 2;

export class TypedError extends Error {
  readonly shape: Shape;
  constructor(message: string, shape: Shape) {
    super(message);
    this.shape = shape;
  }
}
