/** Tensors in files: weights as safetensors or npz, and whole training states that a killed run resumes from. */
@NullMarked
package org.backpropaganda.autograd.io;

import org.jspecify.annotations.NullMarked;
