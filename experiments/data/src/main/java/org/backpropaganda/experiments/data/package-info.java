/**
 * Labelled images and the batches made of them, as plain Java arrays: readers for CIFAR-10, MNIST and image folders, a
 * set that draws itself, and shuffling, augmentation and normalization that depend on keys alone.
 *
 * <p>Images are {@code [H, W, C]} and batches {@code [B, H, W, C]}, row-major. Data sets live on the Java heap as one
 * byte a value; a batch is the only place where they become floats.
 */
@NullMarked
package org.backpropaganda.experiments.data;

import org.jspecify.annotations.NullMarked;
