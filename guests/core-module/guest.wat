;; A core module: what a compiler makes before anything wraps it into a component.
(module
  (memory (export "memory") 1)
  (func (export "handle") (param i32) (result i32) (local.get 0)))
