package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.op.Ops.dividedBy;
import static org.backpropaganda.autograd.op.Ops.mean;
import static org.backpropaganda.autograd.op.Ops.minus;
import static org.backpropaganda.autograd.op.Ops.negate;
import static org.backpropaganda.autograd.op.Ops.plus;
import static org.backpropaganda.autograd.op.Ops.sqrt;
import static org.backpropaganda.autograd.op.Ops.square;
import static org.backpropaganda.autograd.op.Ops.sum;
import static org.backpropaganda.autograd.op.Ops.times;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link Ops} has every op, forwards its arguments in their order, and says of each method what it gives. */
class OpsTest {
    private static final JavaClasses PACKAGE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(Ops.class.getPackageName());
    private static final Path SOURCE = Path.of("src/main/java/org/backpropaganda/autograd/op/Ops.java");
    private static final Pattern METHOD =
            Pattern.compile("public static \\S+ (\\w+)\\(([^)]*)\\)\\s*\\{\\s*return ([^;]*);\\s*}");

    /** Methods with a number for an operand, and those of one operand that is read twice or scaled. */
    private static final Set<String> ARITHMETIC = Set.of("plus", "minus", "times", "dividedBy", "negate", "square");

    private static boolean isPublic(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC);
    }

    /** Code of this package that a method of the facade leads to. */
    private static Set<JavaCodeUnit> reached() {
        Deque<JavaCodeUnit> open = new ArrayDeque<>(PACKAGE.get(Ops.class).getMethods());
        Set<JavaCodeUnit> seen = new HashSet<>(open);
        while (!open.isEmpty()) {
            open.pop().getCallsFromSelf().stream()
                    .flatMap(call -> call.getTarget().resolveMember().stream())
                    .map(JavaCodeUnit.class::cast)
                    .filter(code -> PACKAGE.contain(code.getOwner().getName()) && seen.add(code))
                    .forEach(open::push);
        }
        return seen;
    }

    @Test
    void makesEveryOp() {
        Set<String> made = reached().stream()
                .filter(code -> code.isConstructor())
                .map(code -> code.getOwner().getName())
                .collect(Collectors.toSet());
        assertThat(PACKAGE.stream()
                        .filter(type -> type.isAssignableTo(Op.class) && type.isRecord() && isPublic(type))
                        .map(JavaClass::getName))
                .hasSizeGreaterThan(70)
                .isSubsetOf(made);
    }

    @Test
    void callsEveryStaticMethodOnVariables() {
        Set<String> called = PACKAGE.get(Ops.class).getMethodCallsFromSelf().stream()
                .map(call -> call.getTarget().getFullName())
                .collect(Collectors.toSet());
        assertThat(PACKAGE.stream()
                        .filter(type -> isPublic(type) && !type.isEquivalentTo(Ops.class))
                        .flatMap(type -> type.getMethods().stream())
                        .filter(method -> method.getModifiers().contains(JavaModifier.PUBLIC)
                                && method.getModifiers().contains(JavaModifier.STATIC))
                        .filter(method -> method.getRawParameterTypes().stream()
                                .anyMatch(type ->
                                        type.tryGetComponentType().orElse(type).isEquivalentTo(Variable.class)))
                        .map(JavaMethod::getFullName))
                .hasSizeGreaterThan(95)
                .isSubsetOf(called);
    }

    @Test
    void forwardsArgumentsInOrder() throws IOException {
        List<MatchResult> methods =
                METHOD.matcher(Files.readString(SOURCE)).results().toList();
        assertThat(methods).hasSameSizeAs(PACKAGE.get(Ops.class).getMethods());
        for (MatchResult method : methods) {
            String arguments = Arrays.stream(method.group(2).strip().split(",\\s*"))
                    .map(parameter -> parameter.replaceAll(".*\\s", ""))
                    .collect(Collectors.joining(", "));
            if (!ARITHMETIC.contains(method.group(1))) {
                assertThat(method.group(3).replaceAll("\\s+", " ")).endsWith("(" + arguments + ")");
            }
        }
    }

    @Test
    void everyMethodSaysWhatItGives() throws IOException {
        String source = Files.readString(SOURCE);
        List<String> docs = Pattern.compile("/\\*\\*([^/]*(?:/(?!\\*)[^/]*)*?)\\*/\\s*public static")
                .matcher(source.substring(source.indexOf("private Ops()")))
                .results()
                .map(doc -> doc.group(1).replaceAll("\\s*\\n\\s*\\*", "").strip())
                .toList();
        assertThat(docs).hasSameSizeAs(PACKAGE.get(Ops.class).getMethods()).doesNotHaveDuplicates();
        assertThat(docs)
                .allSatisfy(doc -> assertThat(doc)
                        .hasSizeGreaterThan(12)
                        .endsWith(".")
                        .doesNotMatch("(?is)(the same|also|as|likewise|see)\\b.*")
                        .doesNotContain("the same"));
    }

    /** Of a function of one parameter [2], its value and its gradient. */
    private static double[][] run(DType dtype, UnaryOperator<Variable> function, double... values) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.training(scope, 0)) {
            Parameter parameter = new Parameter(scope.allocate(Shape.of(values.length), dtype, MemoryKind.PARAMETER)
                    .set(values));
            Variable y = function.apply(tape.parameter(parameter));
            double[] result = y.value().toDoubles();
            try (Gradients gradients = tape.backward(sum(y))) {
                Tensor gradient = gradients.of(parameter);
                return new double[][] {result, gradient == null ? new double[0] : gradient.toDoubles()};
            }
        }
    }

    private static void check(DType dtype, UnaryOperator<Variable> function, double[] y, double[] dx) {
        double[][] actual = run(dtype, function, 2, -4);
        assertThat(actual[0]).containsExactly(y, within(0.0));
        assertThat(actual[1]).containsExactly(dx, within(0.0));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void arithmeticWithNumbers(DType dtype) {
        check(dtype, x -> plus(x, 3), new double[] {5, -1}, new double[] {1, 1});
        check(dtype, x -> plus(3, x), new double[] {5, -1}, new double[] {1, 1});
        check(dtype, x -> minus(x, 3), new double[] {-1, -7}, new double[] {1, 1});
        check(dtype, x -> minus(3, x), new double[] {1, 7}, new double[] {-1, -1});
        check(dtype, x -> times(x, 3), new double[] {6, -12}, new double[] {3, 3});
        check(dtype, x -> times(3, x), new double[] {6, -12}, new double[] {3, 3});
        check(dtype, x -> dividedBy(x, 8), new double[] {0.25, -0.5}, new double[] {0.125, 0.125});
        check(dtype, x -> dividedBy(8, x), new double[] {4, -2}, new double[] {-2, -0.5});
        check(dtype, x -> negate(x), new double[] {-2, 4}, new double[] {-1, -1});
        check(dtype, x -> square(x), new double[] {4, 16}, new double[] {4, -8});
    }

    /** The gradient penalty's formula: d/dx of (‖x‖ − 1)² is 2 (‖x‖ − 1) x / ‖x‖, for x = (3, 4) then (4.8, 6.4). */
    @Test
    void readsLikeTheFormula() {
        double[][] penalty = run(DType.DOUBLE, x -> mean(square(minus(sqrt(sum(square(x))), 1))), 3, 4);
        assertThat(penalty[0]).containsExactly(new double[] {16}, within(1e-14));
        assertThat(penalty[1]).containsExactly(new double[] {4.8, 6.4}, within(1e-14));
    }
}
