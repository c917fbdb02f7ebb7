package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.backpropaganda.autograd.check.GradientCheck;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.TestSeed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EinsumTest {
    /** Of the labels, in the order of the alphabet. */
    private static final String LABELS = "abcij";

    private static final long[] SIZES = {2, 3, 4, 5, 2};

    private final Engine engine = Engine.builder().threads(2).build();
    private final TensorScope scope = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    private Tensor random(String term, long seed) {
        long[] sizes =
                term.chars().mapToLong(label -> SIZES[LABELS.indexOf(label)]).toArray();
        Tensor tensor = scope.allocate(Shape.of(sizes), DType.DOUBLE);
        return tensor.set(
                new SplittableRandom(seed).doubles(tensor.elements(), -1, 1).toArray());
    }

    /** Sums over every value of every label. */
    private static double[] byDefinition(String[] terms, String output, double[][] operands) {
        double[] sums = new double[(int) place(output, SIZES.clone(), true)];
        long combinations = LongStream.of(SIZES).reduce(1, (a, b) -> a * b);
        TreeSet<Character> used = new TreeSet<>();
        String.join("", terms).chars().forEach(label -> used.add((char) label));
        for (long number = 0; number < combinations; number++) {
            long[] index = new long[SIZES.length];
            long rest = number;
            boolean once = true;
            for (int label = 0; label < SIZES.length; label++) {
                index[label] = rest % SIZES[label];
                rest /= SIZES[label];
                once &= used.contains(LABELS.charAt(label)) || index[label] == 0;
            }
            if (once) {
                double product = 1;
                for (int i = 0; i < terms.length; i++) {
                    product *= operands[i][(int) place(terms[i], index, false)];
                }
                sums[(int) place(output, index, false)] += product;
            }
        }
        return sums;
    }

    /** The number of an element, or of all elements. */
    private static long place(String term, long[] index, boolean count) {
        long place = 0;
        long all = 1;
        for (int i = 0; i < term.length(); i++) {
            int at = LABELS.indexOf(term.charAt(i));
            place = place * SIZES[at] + index[at];
            all *= SIZES[at];
        }
        return count ? all : place;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ab,bc->ac",
                "ba,bc->ca",
                "ijb,ibc->ijc",
                "aib,ajb->aij",
                "ab,cb->abc",
                "ab,ab->ab",
                "ab,ab->",
                "ab,a->a",
                "a,b->ba",
                "aib,cj->jb",
                "iab,abj->ji",
                "abc,iac->bi",
                ",ab->ab",
                "a,a->",
                "ab->ba",
                "abc->b",
                "ab->",
                "->",
                "abc->abc"
            })
    void isTheSumOfItsDefinition(String equation) {
        String[] sides = equation.split("->", -1);
        String[] terms = sides[0].split(",", -1);
        Tensor[] operands = new Tensor[terms.length];
        for (int i = 0; i < terms.length; i++) {
            operands[i] = random(terms[i], i);
        }
        double[] expected = byDefinition(
                terms, sides[1], Arrays.stream(operands).map(Tensor::toDoubles).toArray(double[][]::new));
        try (Tape tape = Tape.inference(scope)) {
            Variable y = Einsum.einsum(
                    equation, Arrays.stream(operands).map(tape::constant).toArray(Variable[]::new));
            assertThat(y.shape()).isEqualTo(random(sides[1], 9).shape());
            assertThat(y.value().toDoubles()).containsExactly(expected, within(1e-12));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"aib,abj->aij", "ba,bc->ca", "ab,cb->abc", "aib,cj->jb"})
    void gradientsAreThoseOfFiniteDifferences(String equation) {
        String[] terms = equation.split("->", -1)[0].split(",", -1);
        GradientCheck.seeded(TestSeed.get())
                .check(v -> Einsum.einsum(equation, v.get(0), v.get(1)), random(terms[0], 1), random(terms[1], 2))
                .orThrow();
    }

    /** Labels that occur once, in alphabetical order. */
    @Test
    void withoutAnArrowTheResultIsImplied() {
        try (Tape tape = Tape.inference(scope)) {
            Variable x = tape.constant(random("ba", 1));
            Variable y = tape.constant(random("ic", 2));
            assertThat(Einsum.einsum("ba, ca", x, tape.constant(random("ca", 2)))
                            .shape())
                    .isEqualTo(Shape.of(3, 4));
            assertThat(Einsum.einsum("ba,ic", x, y).shape()).isEqualTo(Shape.of(2, 3, 4, 5));
            assertThat(Einsum.einsum("ba", x).shape()).isEqualTo(Shape.of(2, 3));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    ab->ab->a   | has more than one arrow
                    ab->ab      | 1 terms for 2 operands; one or two of both are possible: split the product
                    ab,bc,c->a  | 3 terms for 2 operands; one or two of both are possible: split the product
                    abc,bc->a   | "abc" names 3 axes, operand 0 has 2
                    ab,ca->bc   | axes 'a' have sizes 2 and 4
                    aa,bc->bc   | 'a' occurs twice in "aa"; take the diagonal first
                    ab,bc->cc   | 'c' occurs twice in "cc"; take the diagonal first
                    ab,bc->ad   | no operand has the axis 'd' of the result
                    ...,bc->bc  | '.' is no label; labels are letters, and there is no ellipsis
                    """)
    void refusesWhatItCannotRead(String equation, String message) {
        try (Tape tape = Tape.inference(scope)) {
            Variable x = tape.constant(random("ab", 1));
            Variable y = tape.constant(random("bc", 2));
            assertThatThrownBy(() -> Einsum.einsum(equation, x, y))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageStartingWith("einsum: equation \"" + equation + "\" for [[2, 3], [3, 4]]")
                    .hasMessageEndingWith(message);
        }
    }
}
