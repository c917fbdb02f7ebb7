package org.backpropaganda.experiments.text;

import java.util.Arrays;
import java.util.Map;
import org.backpropaganda.autograd.nn.LayerNorm;

/**
 * The logits of a GPT-2 for one sequence, number by number as the papers have it.
 *
 * @param sizes of the model
 * @param weights by their names
 */
record Gpt2ByHand(Gpt2 sizes, Map<String, double[]> weights) {

    /** [T][V]. */
    double[][] logits(int[] tokens) {
        int width = sizes.width();
        double[] table = weights.get("tokens.weight");
        double[] positions = weights.get("positions.weight");
        double[][] x = new double[tokens.length][width];
        for (int t = 0; t < tokens.length; t++) {
            for (int c = 0; c < width; c++) {
                x[t][c] = table[tokens[t] * width + c] + positions[t * width + c];
            }
        }
        for (int block = 0; block < sizes.depth(); block++) {
            String mixing = "blocks." + block + ".mixing.body.";
            add(x, linear(attended(normed(x, mixing + "norm"), mixing + "attention."), mixing + "attention.output"));
            String feedForward = "blocks." + block + ".feedforward.body.";
            double[][] wide = linear(normed(x, feedForward + "norm"), feedForward + "expand");
            for (double[] row : wide) {
                Arrays.setAll(row, i -> gelu(row[i]));
            }
            add(x, linear(wide, feedForward + "contract"));
        }
        return product(normed(x, "norm"), table);
    }

    private static double gelu(double x) {
        return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    private static void add(double[][] x, double[][] y) {
        for (int t = 0; t < x.length; t++) {
            for (int c = 0; c < x[t].length; c++) {
                x[t][c] += y[t][c];
            }
        }
    }

    private double[][] normed(double[][] x, String name) {
        double[] weight = weights.get(name + ".weight");
        double[] bias = weights.get(name + ".bias");
        double[][] y = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double[] row = x[t];
            double mean = Arrays.stream(row).average().orElseThrow();
            double variance = Arrays.stream(row)
                    .map(v -> (v - mean) * (v - mean))
                    .average()
                    .orElseThrow();
            y[t] = new double[row.length];
            Arrays.setAll(y[t], c -> (row[c] - mean) / Math.sqrt(variance + LayerNorm.EPSILON) * weight[c] + bias[c]);
        }
        return y;
    }

    private double[][] linear(double[][] x, String name) {
        double[][] y = product(x, weights.get(name + ".weight"));
        double[] bias = weights.get(name + ".bias");
        for (double[] row : y) {
            Arrays.setAll(row, o -> row[o] + bias[o]);
        }
        return y;
    }

    /** x wᵀ. */
    private static double[][] product(double[][] x, double[] w) {
        int inputs = x[0].length;
        double[][] y = new double[x.length][w.length / inputs];
        for (int t = 0; t < x.length; t++) {
            for (int o = 0; o < y[t].length; o++) {
                for (int i = 0; i < inputs; i++) {
                    y[t][o] += x[t][i] * w[o * inputs + i];
                }
            }
        }
        return y;
    }

    private double[][] attended(double[][] x, String name) {
        double[][] query = linear(x, name + "query");
        double[][] key = linear(x, name + "key");
        double[][] value = linear(x, name + "value");
        int each = sizes.width() / sizes.heads();
        double[][] y = new double[x.length][sizes.width()];
        for (int from = 0; from < sizes.width(); from += each) {
            for (int t = 0; t < x.length; t++) {
                double[] weight = new double[t + 1];
                double sum = 0;
                for (int s = 0; s <= t; s++) {
                    double dot = 0;
                    for (int c = from; c < from + each; c++) {
                        dot += query[t][c] * key[s][c];
                    }
                    weight[s] = Math.exp(dot / Math.sqrt(each));
                    sum += weight[s];
                }
                for (int s = 0; s <= t; s++) {
                    for (int c = from; c < from + each; c++) {
                        y[t][c] += weight[s] / sum * value[s][c];
                    }
                }
            }
        }
        return y;
    }
}
