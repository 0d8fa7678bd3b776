// An OpenVINO extension library with one operation: Times3 of the domain "tests".

#include <openvino/core/extension.hpp>
#include <openvino/core/op_extension.hpp>
#include <openvino/op/op.hpp>

class Times3 : public ov::op::Op {
 public:
  OPENVINO_OP("Times3", "tests")

  Times3() = default;
  explicit Times3(const ov::Output<ov::Node>& value) : Op({value}) { constructor_validate_and_infer_types(); }

  void validate_and_infer_types() override {
    set_output_type(0, get_input_element_type(0), get_input_partial_shape(0));
  }

  std::shared_ptr<ov::Node> clone_with_new_inputs(const ov::OutputVector& inputs) const override {
    return std::make_shared<Times3>(inputs.at(0));
  }

  bool visit_attributes(ov::AttributeVisitor&) override { return true; }

  bool evaluate(ov::TensorVector& outputs, const ov::TensorVector& inputs) const override {
    outputs[0].set_shape(inputs[0].get_shape());
    const float* from = inputs[0].data<float>();
    float* to = outputs[0].data<float>();
    for (std::size_t i = 0; i < inputs[0].get_size(); ++i) to[i] = 3 * from[i];
    return true;
  }

  bool has_evaluate() const override { return true; }
};

OPENVINO_CREATE_EXTENSIONS(std::vector<ov::Extension::Ptr>({std::make_shared<ov::OpExtension<Times3>>()}));
